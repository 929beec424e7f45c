// From `overmind start` to a daemon that answers, in a fresh home.
import { nodeFloor, takeNodeFloor } from "./floors.mjs";
import { BenchHome } from "./home.mjs";
import { takeTurns } from "./timing.mjs";

export const name = "ready";

export async function run({ isQuick }) {
  const samples = await takeTurns(isQuick ? 3 : 15, {
    node: takeNodeFloor,
    start: async () => {
      const home = new BenchHome();
      const ms = await home.start();
      await home.dispose();
      return ms;
    },
  });
  const floor = nodeFloor(samples.node);
  return [
    { id: "ready", title: "start, fresh home", unit: "ms", samples: samples.start, floor, target: { of: "value", atMost: 400 } },
  ];
}
