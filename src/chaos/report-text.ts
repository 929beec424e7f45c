import type { ChaosReport } from "./chaos-run.ts";

/** A chaos run's report for a person. */
export function reportText(report: ChaosReport): string {
  const { seed, seconds, missions, events, messages, daemons, listeners, violations, kept } = report;
  const struck = Object.entries(report.faults).map(([name, count]) => `  ${String(count).padStart(5)}  ${name}`);
  return [
    `Seed ${seed}, ${seconds} s: ${missions} missions, ${events} events, ${messages} messages to sessions.`,
    `${daemons} daemons one after the other, ${listeners} listeners over their deaths.`,
    `This machine ${report.abilities.join(", ")}.`,
    "Faults:",
    ...(struck.length === 0 ? ["      0"] : struck),
    violations.length === 0 ? "Nothing was lost." : `${violations.length} violations:`,
    ...violations.slice(0, 50).map(({ rule, says }) => `  ${rule}: ${says}`),
    ...(violations.length > 50 ? [`  and ${violations.length - 50} more`] : []),
    ...(kept === null ? [] : [`The home is kept in ${kept}. Again with the same seed: overmind doctor --chaos --seed ${seed}`]),
  ].join("\n");
}
