// One command under Overmind from a shell, against Node and the shell that it needs at the least.
import { takeNodeFloor } from "./floors.mjs";
import { BenchHome, overmindPath } from "./home.mjs";
import { takeTurns, timeCommand } from "./timing.mjs";

export const name = "run-wait";

export async function run({ isQuick }) {
  const home = new BenchHome();
  await home.start();
  const samples = await takeTurns(isQuick ? 7 : 25, {
    floor: async () => (await takeNodeFloor()) + (await timeCommand(["sh", "-c", "true"])),
    run: () => timeCommand([overmindPath, "run", "--wait", "true"], { env: home.env, cwd: "/" }),
  });
  await home.dispose();
  const floor = { title: "Node, empty .cjs + sh -c true", samples: samples.floor };
  return [
    { id: "run_wait", title: "run --wait true", unit: "ms", samples: samples.run, floor, target: { of: "ratio", atMost: 1.5 } },
  ];
}
