import { formatDuration } from "../../base/durations.ts";
import { cutToWidth, padToWidth, textWidth, visible } from "../../base/text-width.ts";
import type { AgentView, PlanView } from "../../blueprint/plan.ts";

/** What an agent does, in one line. */
export function workText({ command, argv, prompt }: AgentView): string {
  const text =
    command ??
    argv?.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ") ??
    prompt ??
    "-";
  return visible(text);
}

/** The table of `agents`. */
export function agentTable(agents: readonly AgentView[], columns: number | null): string {
  const rows = agents.map((agent) => [agent.name, agent.type, agent.provider, dependencies(agent) || "-", workText(agent)]);
  return table([["NAME", "TYPE", "PROVIDER", "DEPENDS ON", "COMMAND"], ...rows], columns);
}

/** A plan for a person: its waves, each agent on a line. */
export function planText(plan: PlanView, columns: number | null): string {
  const params = Object.entries(plan.params).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}`);
  const waves = plan.waves.map((wave, index) => {
    const rows = wave.map((agent) => [`  ${nameOf(agent)}`, workText(agent), notes(agent, plan.expected_ms[agent.name])]);
    return `Wave ${index + 1}\n${table(rows, columns)}`;
  });
  const path = plan.critical_path;
  return [
    `${plan.name}: ${plural(plan.waves.flat().length, "agent")} in ${plural(plan.waves.length, "wave")}, ${limits(plan)}`,
    ...(params.length === 0 ? [] : [`Params\n${params.join("\n")}`]),
    ...waves,
    ...(plan.behind.length === 0 ? [] : [`Done by an earlier run: ${plan.behind.join(", ")}`]),
    ...(path === null ? [] : [`Critical path ${formatDuration(path.ms)}: ${path.agents.join(" -> ")}`]),
  ].join("\n");
}

const limits = ({ max_parallel, on_failure, keep_services }: PlanView): string =>
  [
    max_parallel === null ? "all of a wave at once" : `at most ${max_parallel} at once`,
    on_failure === "stop" ? "stops at the first failure" : "goes on after a failure",
    ...(keep_services ? [] : ["services end with the last task"]),
  ].join(", ");

const nameOf = ({ name, instances }: AgentView): string => (instances === 1 ? name : `${name} x${instances ?? "n"}`);

function notes(agent: AgentView, expectedMs: number | undefined): string {
  const after = dependencies(agent);
  return [
    ...(after === "" ? [] : [`after ${after}`]),
    ...(agent.conditional ? ["when its condition holds"] : []),
    ...(agent.finally ? ["finally"] : []),
    ...(expectedMs === undefined ? [] : [`about ${formatDuration(expectedMs)}`]),
  ].join("; ");
}

const dependencies = ({ depends_on }: AgentView): string =>
  Object.entries(depends_on)
    .map(([name, condition]) => (condition === "completed" ? name : `${name} [${condition}]`))
    .join(", ");

/** Columns of equal width but the last; a line that is too long for the terminal is cut. */
function table(rows: readonly (readonly string[])[], columns: number | null): string {
  const last = Math.max(0, ...rows.map((row) => row.length)) - 1;
  const widths = Array.from({ length: last }, (_, column) =>
    Math.min(60, Math.max(...rows.map((row) => textWidth(row[column] ?? "")))),
  );
  return rows
    .map((row) => {
      const line = row
        .map((cell, column) => (column === last ? cell : padToWidth(cutToWidth(cell, widths[column] ?? 0), widths[column] ?? 0)))
        .join("  ");
      return columns === null ? line.trimEnd() : cutToWidth(line.trimEnd(), columns);
    })
    .join("\n");
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
