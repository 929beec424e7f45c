// A home with a long past: every mission was really run.
import { nodeFloor, takeNodeFloor } from "./floors.mjs";
import { BenchHome, overmindPath } from "./home.mjs";
import { runMissions } from "./missions.mjs";
import { takeTurns, timeCommand } from "./timing.mjs";

export const name = "finished";

export async function run({ isQuick }) {
  const missionCount = isQuick ? 2000 : 10_000;
  const home = new BenchHome(`keep_finished = ${missionCount * 2}\n`);
  await home.start();
  await runMissions(await home.wire(), missionCount, { argv: ["true"] }, 200);
  const rows = ({ stdout }) => {
    if (stdout.split("\n").length < 100) throw new Error(`ps shows too little:\n${stdout}`);
  };
  const samples = await takeTurns(isQuick ? 7 : 25, {
    node: takeNodeFloor,
    ps: () => timeCommand([overmindPath, "ps"], { env: home.env, check: rows }),
  });
  const again = await takeTurns(isQuick ? 2 : 5, {
    start: async () => {
      await home.shutdown();
      return home.start();
    },
  });
  await home.dispose();
  const floor = nodeFloor(samples.node);
  return [
    {
      id: "ps_finished",
      title: `ps, ${missionCount} finished missions`,
      unit: "ms",
      samples: samples.ps,
      floor,
      target: { of: "ratio", atMost: 1.5 },
    },
    { id: "ready_finished", title: "... start in that home", unit: "ms", samples: again.start, floor },
  ];
}
