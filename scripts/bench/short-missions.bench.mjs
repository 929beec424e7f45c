// How many short missions a second, and how soon the end of one is known when nothing else goes on.
import { BenchHome } from "./home.mjs";
import { runMissions } from "./missions.mjs";
import { pause, takeTurns, timeCommand } from "./timing.mjs";

export const name = "short-missions";

const burst = 500;

export async function run({ isQuick }) {
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const latencies = await takeLatencies(wire, isQuick ? 50 : 200);
  const samples = await takeTurns(isQuick ? 2 : 7, {
    xargs: async () => perSecond(await timeCommand(["sh", "-c", `seq ${burst} | xargs -P2 -n1 sh -c true`])),
    overmind: async () => {
      const startedAt = performance.now();
      await runMissions(wire, burst, { command: "true" });
      return perSecond(performance.now() - startedAt);
    },
  });
  await home.dispose();
  const floor = { title: "xargs -P2 -n1 sh -c true", samples: samples.xargs };
  return [
    {
      id: "burst",
      title: `${burst} missions, one connection`,
      unit: "/s",
      samples: samples.overmind,
      floor,
      target: { of: "ratio", atLeast: 0.4 },
    },
    { id: "latency", title: "run asked -> end known, idle", unit: "ms", samples: latencies, target: { of: "value", atMost: 5 } },
  ];
}

const perSecond = (ms) => (burst * 1000) / ms;

/** From the moment `run` is asked to the moment the answer to `wait` is there. */
async function takeLatencies(wire, count) {
  const latencies = [];
  for (let taken = -10; taken < count; taken += 1) {
    await pause(20);
    const startedAt = performance.now();
    await runMissions(wire, 1, { command: "true" });
    if (taken >= 0) latencies.push(performance.now() - startedAt);
  }
  return latencies;
}
