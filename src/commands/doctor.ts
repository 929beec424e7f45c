import { type Command, commandLine } from "./command.ts";
import { type Check, checks } from "./doctor/checks.ts";
import type { Finding } from "./doctor/finding.ts";
import { UsageError } from "./usage-error.ts";

const marks = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;
const colors = { ok: 32, warn: 33, fail: 31 } as const;

export const command: Command = {
  name: "doctor",
  summary: "Check this machine and say how to fix what is missing",
  group: "Set-up",
  commandLine: commandLine({
    flags: {
      json: { kind: "boolean", summary: "the findings as a JSON array; of --chaos the report" },
      chaos: { kind: "boolean", summary: "hurt a daemon of its own, then check that nothing was lost" },
      minutes: { kind: "number", isAboveZero: true, placeholder: "N", summary: "how long --chaos hurts; default 1" },
      seed: { kind: "integer", placeholder: "S", summary: "repeats the choices of an earlier --chaos" },
    },
    description:
      "Exits 1 when something fails that Overmind needs. With --chaos it makes a home of its own under /tmp, runs missions of all kinds in it, kills and stops their daemon, shims and agents, fills the disk and sets the clock where it may, and exits 1 when a promise was broken. Your own home and missions are not touched.",
    examples: [
      ["overmind doctor", "is all there that Overmind needs?"],
      ["overmind doctor --chaos --minutes 5", "prove on this machine that nothing is lost"],
    ],
    needs: "nothing",
    async run(context, { flags }) {
      if (flags.chaos) return context.runChaos(chaosWords(flags));
      if (flags.minutes !== undefined || flags.seed !== undefined)
        throw new UsageError("--minutes and --seed belong to --chaos", "Try: overmind doctor --help");
      const findings = await Promise.all(
        checks.map(async (check) => ({ check: check.name, ...(await safely(check, () => check.look(context))) })),
      );
      if (flags.json) await context.screen.line(JSON.stringify(findings));
      for (const finding of flags.json ? [] : findings)
        await context.screen.line(lineOf(finding.check, finding, context.screen.hasColor));
      return findings.some((finding) => finding.state === "fail") ? 1 : 0;
    },
  }),
};

function chaosWords({ minutes = 1, seed, json }: { minutes: number | undefined; seed: number | undefined; json: boolean }) {
  if (minutes <= 0 || minutes > 1440) throw new UsageError(`--minutes takes a number above 0 and up to 1440, not ${minutes}`);
  return [
    "--ms",
    String(Math.round(minutes * 60_000)),
    ...(seed === undefined ? [] : ["--seed", String(seed)]),
    ...(json ? ["--json"] : []),
  ];
}

/** A check that breaks is a finding too. */
async function safely(check: Check, look: () => Promise<Finding> | Finding): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return { state: "warn", says: `${check.name} could not be checked: ${(error as Error).message}` };
  }
}

function lineOf(name: string, finding: Finding, hasColor: boolean): string {
  const mark = hasColor ? `\u001b[${colors[finding.state]}m${marks[finding.state]}\u001b[0m` : marks[finding.state];
  const fix = finding.fix === undefined ? "" : `\n       ${" ".repeat(14)}${finding.fix}`;
  return `${mark}   ${name.padEnd(14)}${finding.says}${fix}`;
}
