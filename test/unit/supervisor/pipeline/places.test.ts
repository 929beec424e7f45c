import { describe, expect, it } from "vitest";
import type { Agent } from "../../../../src/blueprint/blueprint.ts";
import { pipelineOf } from "../../../../src/blueprint/pipeline.ts";
import { parseBlueprint } from "../../../../src/blueprint/read-blueprint.ts";
import type { StepHistory } from "../../../../src/events/domain-event.ts";
import { Places } from "../../../../src/supervisor/pipeline/places.ts";
import { histories, step } from "./steps.ts";

const blueprint = parseBlueprint(`[agents.a]
command = "true"
[agents.b]
command = "true"
[agents.c]
command = "true"
[agents.asks]
command = "true"
ready = { command = "true" }
[agents.up]
type = "service"
command = "true"
[agents.talk]
type = "session"
provider = "claude"
prompt = "x"
verify = ["true"]`);
const { agents, steps: all } = pipelineOf(blueprint);

function agent(name: string): Agent {
  const found = agents.get(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** Which of these may start beside those that run, with so many places, and what is said of it. */
function fitting(most: number, wanted: readonly string[], steps: Readonly<Record<string, StepHistory>>, taken: number) {
  const said: string[] = [];
  const book = { steps: histories(steps), agent };
  const places = new Places({ book, log: { say: (line) => said.push(line) }, most: () => most, taken: () => taken });
  const found = places.fitting(wanted.flatMap((name) => all.get(name) ?? []));
  return { start: found.map(({ name }) => name), said: said.length };
}
const running = (agent: string, more: Partial<StepHistory> = {}) => step(agent, null, more);

describe("the places of a pipeline", () => {
  it.each([
    ["all where there is room", 3, ["a", "b", "c"], {}, 0, ["a", "b", "c"], 0],
    ["as many as there is room for, and says so", 2, ["a", "b", "c"], {}, 0, ["a", "b"], 1],
    ["nobody while somebody runs that will leave a place", 1, ["b"], { a: running("a") }, 1, [], 1],
    ["the first where nobody will: it tells why it cannot", 1, ["a", "b"], { up: running("up") }, 1, ["a"], 0],
    ["nobody who could not be asked whether it is ready", 2, ["asks"], { a: running("a") }, 1, [], 1],
    ["nobody in the place of what asks another one", 2, ["a"], { asks: running("asks") }, 1, [], 1],
    ["somebody beside what is asked already", 3, ["a"], { asks: running("asks", { probe: "p" }) }, 2, ["a"], 0],
    ["nobody in the place of what verifies a session", 2, ["a"], { talk: running("talk") }, 1, [], 1],
    ["somebody beside a session that is done", 2, ["a"], { talk: step("talk", "succeeded") }, 1, ["a"], 0],
  ] as const)("let start %s", (_what, most, wanted, steps, taken, start, said) => {
    expect(fitting(most, wanted, steps, taken)).toEqual({ start, said });
  });
});
