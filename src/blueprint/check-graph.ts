import type { Agent } from "./blueprint.ts";
import { suggestion } from "./check-shape.ts";
import { findCycle } from "./graph.ts";
import type { Needle, Path } from "./source.ts";
import { staysUp } from "./standing.ts";

type Agents = ReadonlyMap<string, Agent>;
/** Takes what is wrong with an agent and the keys below it that lead there. */
export type AgentReport = (agent: Agent, message: string, path: Path, needle?: Needle) => void;

/** Reports dependencies that lead nowhere, can never hold, or lead back to where they began. */
export function checkGraph(agents: Agents, report: AgentReport): void {
  for (const agent of agents.values())
    for (const { agent: on, condition } of agent.dependsOn) {
      const problem = problemOf(agent, agents.get(on), on, condition, agents);
      if (problem !== null) report(agent, `agents.${agent.name} ${problem}`, ["depends_on"], { text: on });
    }
  const cycle = findCycle(agents);
  const [first] = cycle ?? [];
  const agent = first === undefined ? undefined : agents.get(first);
  if (cycle && agent) report(agent, `dependency cycle: ${cycle.join(" -> ")}`, ["depends_on"], { text: cycle[1] ?? agent.name });
}

function problemOf(agent: Agent, on: Agent | undefined, name: string, condition: string, agents: Agents): string | null {
  if (on === undefined) return `depends on \`${name}\`, which does not exist${suggestion(name, agents.keys())}`;
  if (on.isFinally && !agent.isFinally) return `depends on \`${name}\`, which runs after all others (\`finally\`)`;
  const isKeptUp = staysUp(on) && (condition === "completed" || condition === "finished") && !agent.isFinally;
  const what = on.type === "service" ? "a service" : "a session without a `prompt`";
  if (isKeptUp) return `waits until \`${name}\` is ${condition}, but ${what} is kept up: use "ready" or "started"`;
  if (condition === "ready" && on.ready === null && on.type !== "session")
    return `waits until \`${name}\` is ready, but agents.${name} has no \`ready\``;
  return null;
}
