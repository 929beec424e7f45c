import type { Agent } from "./blueprint.ts";
import { suggestion } from "./check-shape.ts";
import type { Gaps } from "./gaps.ts";
import { findCycle } from "./graph.ts";
import type { Needle, Path } from "./source.ts";
import { staysUp } from "./standing.ts";

type Agents = ReadonlyMap<string, Agent>;
/** Takes what is wrong with an agent and the keys below it that lead there. */
export type AgentReport = (agent: Agent, message: string, path: Path, needle?: Needle) => void;

/**
 * Reports dependencies that lead nowhere, can never hold, or lead back to where they began.
 *
 * @returns the agents of which it is not sure what comes before them, because of what was reported
 *   here or could not be read
 */
export function checkGraph(agents: Agents, gaps: Gaps, report: AgentReport): ReadonlySet<string> {
  const unsure = new Set<string>();
  for (const agent of agents.values()) {
    if (gaps.mayHave(agent.name, ...keysOfOrder)) unsure.add(agent.name);
    for (const { agent: on, condition } of agent.dependsOn) {
      const problem = problemOf(agent, agents.get(on), on, condition, agents, gaps);
      if (problem !== null) report(agent, `agents.${agent.name} ${problem}`, ["depends_on"], { text: on });
      if (problem !== null || !agents.has(on)) unsure.add(agent.name);
    }
  }
  const cycle = findCycle(agents);
  const [first] = cycle ?? [];
  const agent = first === undefined ? undefined : agents.get(first);
  if (cycle && agent) report(agent, `dependency cycle: ${cycle.join(" -> ")}`, ["depends_on"], { text: cycle[1] ?? agent.name });
  // Where one ring was found there may be others.
  return cycle === null ? withAllBehind(unsure, agents) : new Set(agents.keys());
}

/** What says before or behind whom an agent stands, and when it has ended. */
const keysOfOrder = ["depends_on", "finally", "type", "provider", "prompt", "command"] as const;

/** These agents and all that depend on them. */
function withAllBehind(first: ReadonlySet<string>, agents: Agents): ReadonlySet<string> {
  const found = new Set(first);
  if (found.size === 0) return found;
  const behind = new Map<string, string[]>();
  for (const { name, dependsOn } of agents.values())
    for (const { agent } of dependsOn) behind.set(agent, [...(behind.get(agent) ?? []), name]);
  // A set hands out what is added to it on the way.
  for (const name of found) for (const next of behind.get(name) ?? []) found.add(next);
  return found;
}

function problemOf(
  agent: Agent,
  on: Agent | undefined,
  name: string,
  condition: string,
  agents: Agents,
  gaps: Gaps,
): string | null {
  if (on === undefined)
    return gaps.mayBeNamed(name) ? null : `depends on \`${name}\`, which does not exist${suggestion(name, agents.keys())}`;
  if (on.isFinally && !agent.isFinally && !gaps.mayHave(agent.name, "finally"))
    return `depends on \`${name}\`, which runs after all others (\`finally\`)`;
  const isIdle = on.type !== "service" && gaps.mayHave(name, "prompt", "command", "provider");
  const isKeptUp = staysUp(on) && !isIdle && (condition === "completed" || condition === "finished") && !agent.isFinally;
  const what = on.type === "service" ? "a service" : "a session without a `prompt`";
  if (isKeptUp) return `waits until \`${name}\` is ${condition}, but ${what} is kept up: use "ready" or "started"`;
  if (condition === "ready" && on.ready === null && on.type !== "session" && !gaps.mayHave(name, "ready", "type"))
    return `waits until \`${name}\` is ready, but agents.${name} has no \`ready\``;
  return null;
}
