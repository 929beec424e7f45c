import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../support/random.ts";
import { until } from "../../support/until.ts";
import { linesIn, PipelineHome } from "./pipeline-home.ts";
import { blueprintOf, type Move, type RandomGraph, randomGraph, wrongMoves } from "./random-graph.ts";

const home = new PipelineHome();
afterAll(() => home.dispose());

const count = 200;
// Two hundred processes on a machine that does other things as well.
const patienceMs = 150_000;
/** More of them by hand: DAG_SEEDS=100, or in parts: DAG_SEEDS=10 DAG_FROM=90. */
const seedsOf = (usual: number, from: number) => {
  const { DAG_SEEDS: asked = usual, DAG_FROM: first = 0 } = process.env;
  return Array.from({ length: Number(asked) }, (_, at) => from + Number(first) + at);
};

/** How much of a run there is at each kill; some come at once after the start, some near the end. */
function sharesOfKills(seed: number): number[] {
  const random = seededRandom(seed);
  return [random(), random(), random()].map((share) => share * 0.9).toSorted((a, b) => a - b);
}

async function movesOf(id: string): Promise<Move[]> {
  const { stdout } = await home.run(["events", "--mission", id, "--type", "mission.agent_moved", "--json"]);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).data ?? JSON.parse(line));
}

/** Each agent that runs began and ended once, and only after the processes it waits for had. */
function expectMarks({ agents, runs, maxParallel }: RandomGraph, marks: readonly string[]): void {
  const all = [...runs].flatMap((name) => [`begin ${name}`, `end ${name}`]);
  expect(marks.toSorted()).toEqual(all.toSorted());
  const place = new Map(marks.map((mark, at) => [mark, at]));
  const early = agents.flatMap(({ name, needs }) =>
    [...needs].flatMap(([on, condition]) => {
      const isOrdered = condition !== "started" && runs.has(on) && runs.has(name);
      return isOrdered && (place.get(`end ${on}`) ?? 0) > (place.get(`begin ${name}`) ?? 0) ? [`${name} before ${on}`] : [];
    }),
  );
  expect(early).toEqual([]);
  let live = 0;
  const peak = Math.max(...marks.map((mark) => (live += mark.startsWith("begin") ? 1 : -1)));
  expect(peak).toBeLessThanOrEqual(maxParallel);
}

describe("a random graph of 200 agents", () => {
  it.each(seedsOf(2, 1000))(
    "runs each once, in order, in all its slots (seed %i)",
    async (seed) => {
      const graph = randomGraph(seed, count);
      const directory = home.written(blueprintOf(graph));
      const id = await home.apply(directory);
      await home.ask("wait", { id, timeout: patienceMs });
      expectMarks(graph, linesIn(directory));
      expect(wrongMoves(graph, await movesOf(id))).toEqual([]);
    },
    180_000,
  );

  it.each(seedsOf(1, 6000))(
    "does so though the daemon is killed three times (seed %i)",
    async (seed) => {
      const graph = randomGraph(seed, count);
      const directory = home.written(blueprintOf(graph));
      const id = await home.apply(directory);
      for (const share of sharesOfKills(seed)) {
        await until(`${share} of it`, () => linesIn(directory).length >= share * 2 * graph.runs.size, { timeoutMs: patienceMs });
        await home.killDaemon();
        await home.run(["start"]);
      }
      await home.ask("wait", { id, timeout: patienceMs });
      expectMarks(graph, linesIn(directory));
      expect(wrongMoves(graph, await movesOf(id))).toEqual([]);
    },
    180_000,
  );
});
