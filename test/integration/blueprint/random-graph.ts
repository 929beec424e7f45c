import { seededRandom } from "../../support/random.ts";

export type Condition = "completed" | "finished" | "started";

export interface GraphAgent {
  readonly name: string;
  readonly needs: ReadonlyMap<string, Condition>;
  readonly fails: boolean;
}

export interface RandomGraph {
  readonly agents: readonly GraphAgent[];
  readonly maxParallel: number;
  /** Agents that run: all they depend on lets them. */
  readonly runs: ReadonlySet<string>;
}

const conditions: readonly Condition[] = ["completed", "completed", "finished", "started"];

/** A graph in which some agents fail and independent branches go on, so that who runs is known beforehand. */
export function randomGraph(seed: number, count: number): RandomGraph {
  const random = seededRandom(seed);
  const pick = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value;
  const agents: GraphAgent[] = [];
  const runs = new Set<string>();
  for (let at = 0; at < count; at += 1) {
    const earlier = agents.filter(() => random() < 2.5 / Math.max(6, at));
    const needs = new Map(earlier.map(({ name }) => [name, pick(conditions)]));
    const isRunning = earlier.every(({ name, fails }) => {
      const condition = needs.get(name);
      return condition === "finished" || (runs.has(name) && (condition === "started" || !fails));
    });
    const agent = { name: `n${at}`, needs, fails: random() < 0.04 };
    if (isRunning) runs.add(agent.name);
    agents.push(agent);
  }
  return { agents, maxParallel: pick([4, 8, 16]), runs };
}

/** A blueprint of the graph whose agents append when they begin and end to `marks`. */
export function blueprintOf({ agents, maxParallel }: RandomGraph): string {
  const tables = agents.map(({ name, needs, fails }) => {
    const on = [...needs].map(([other, condition]) => `${other} = "${condition}"`).join(", ");
    return `[agents.${name}]\ncommand = "echo begin ${name} >> marks; echo end ${name} >> marks; exit ${fails ? 3 : 0}"\ndepends_on = { ${on} }\n`;
  });
  return `[blueprint]\nmax_parallel = ${maxParallel}\non_failure = "continue"\n${tables.join("")}`;
}

/** What the event log says of one agent. */
export interface Move {
  readonly agent: string;
  readonly to: string;
}

/** Everything that is wrong with a sequence of decisions; nothing, as a rule. */
export function wrongMoves({ agents, maxParallel, runs }: RandomGraph, moves: readonly Move[]): string[] {
  const wrong: string[] = [];
  const state = new Map<string, string>();
  const byName = new Map(agents.map((agent) => [agent.name, agent]));
  const isMet = ({ needs }: GraphAgent) =>
    [...needs].every(([on, condition]) => {
      const is = state.get(on);
      if (condition === "started") return is !== undefined && is !== "skipped";
      if (condition === "completed") return is === "succeeded";
      return is !== undefined && is !== "starting";
    });
  const running = () => [...state.values()].filter((is) => is === "starting").length;
  for (const [at, { agent: name, to }] of moves.entries()) {
    const agent = byName.get(name);
    if (agent === undefined) {
      wrong.push(`there is no ${name}`);
      continue;
    }
    if (to === "starting") {
      if (state.has(name)) wrong.push(`${name} starts when it is ${state.get(name)}`);
      if (!isMet(agent)) wrong.push(`${name} starts before what it depends on lets it`);
    } else if (to !== "skipped" && state.get(name) !== "starting") wrong.push(`${name} ends as ${to} and does not run`);
    state.set(name, to);
    if (running() > maxParallel) wrong.push(`${running()} run when ${name} starts`);
    // Starts come together: once the last of them is decided, no slot is left free that somebody could use.
    if (to !== "starting" || moves[at + 1]?.to === "starting" || running() >= maxParallel) continue;
    const free = agents.filter((one) => runs.has(one.name) && !state.has(one.name) && isMet(one));
    if (free.length > 0) wrong.push(`${free.map((one) => one.name).join(", ")} could start after ${name}`);
  }
  for (const { name, fails } of agents) {
    const expected = !runs.has(name) ? "skipped" : fails ? "failed" : "succeeded";
    if (state.get(name) !== expected) wrong.push(`${name} is ${state.get(name)} in the end, not ${expected}`);
  }
  return wrong;
}
