// The command line's own weight: what a person waits for who only looks.
import { nodeFloor, takeNodeFloor } from "./floors.mjs";
import { BenchHome, overmindPath } from "./home.mjs";
import { startMissions, untilRunning } from "./missions.mjs";
import { takeTurns, timeCommand } from "./timing.mjs";

export const name = "commands";

const missionCount = 100;

export async function run({ isQuick }) {
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  await untilRunning(wire, await startMissions(wire, missionCount, { argv: ["sleep", "100000"] }));
  const rows = ({ stdout }) => {
    if (stdout.split("\n").length < missionCount) throw new Error(`ps shows too little:\n${stdout}`);
  };
  const samples = await takeTurns(isQuick ? 7 : 25, {
    node: takeNodeFloor,
    ps: () => timeCommand([overmindPath, "ps"], { env: home.env, check: rows }),
    help: () => timeCommand([overmindPath, "--help"], { env: home.env }),
  });
  await home.dispose();
  const floor = nodeFloor(samples.node);
  return [
    {
      id: "ps_100",
      title: `ps, ${missionCount} missions`,
      unit: "ms",
      samples: samples.ps,
      floor,
      target: { of: "ratio", atMost: 1.3 },
    },
    { id: "help", title: "--help", unit: "ms", samples: samples.help, floor, target: { of: "ratio", atMost: 2 } },
  ];
}
