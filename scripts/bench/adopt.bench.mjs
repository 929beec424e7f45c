// A daemon is killed while a thousand missions run; the next one takes them up.
import { nodeFloor, takeNodeFloor } from "./floors.mjs";
import { BenchHome } from "./home.mjs";
import { startMissions, untilRunning } from "./missions.mjs";
import { hasProc, memoryOf } from "./processes.mjs";
import { takeTurns } from "./timing.mjs";

export const name = "adopt";

export async function run({ isQuick }) {
  const missionCount = isQuick ? 200 : 1000;
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  await untilRunning(wire, await startMissions(wire, missionCount, { argv: ["sleep", "100000"] }));
  const before = await pidsOf(wire);
  const samples = await takeTurns(isQuick ? 2 : 5, {
    node: takeNodeFloor,
    start: async () => {
      await home.killDaemon();
      return home.start();
    },
  });
  const after = await pidsOf(await home.wire());
  if (before.length !== missionCount || before.join() !== after.join())
    throw new Error("not every mission was adopted with its pid");
  const memory = hasProc ? [memoryOf(await home.daemonPid()).rss] : [];
  await home.dispose();
  const floor = nodeFloor(samples.node);
  return [
    {
      id: "adopt",
      title: `start, ${missionCount} missions to adopt`,
      unit: "ms",
      samples: samples.start,
      floor,
      target: { of: "value", atMost: 2000 },
    },
    { id: "adopt_rss", title: "... daemon's RSS afterwards", unit: "kB", samples: memory },
  ];
}

async function pidsOf(wire) {
  const missions = await wire.request("list", { all: true });
  return missions.map(({ id, os_pid }) => `${id} ${os_pid}`).sort();
}
