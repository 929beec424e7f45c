// What a hundred missions cost that do nothing.
import { BenchHome } from "./home.mjs";
import { startMissions, untilRunning } from "./missions.mjs";
import { hasProc, memoryOf, processorMs, shimsOf } from "./processes.mjs";
import { pause } from "./timing.mjs";

export const name = "idle";

const missionCount = 100;
const settleMs = 3000;

export async function run({ isQuick }) {
  if (!hasProc) return [];
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const pid = await home.daemonPid();
  await pause(settleMs);
  const empty = memoryOf(pid);
  await untilRunning(wire, await startMissions(wire, missionCount, { argv: ["sleep", "100000"] }));
  await pause(settleMs);
  const full = memoryOf(pid);
  const shims = shimsOf(pid).map(memoryOf);
  if (shims.length !== missionCount) throw new Error(`${shims.length} shims stand for ${missionCount} missions`);
  const seconds = isQuick ? 5 : 10;
  const usedBefore = processorMs(pid);
  await pause(seconds * 1000);
  const used = processorMs(pid) - usedBefore;
  await home.dispose();
  const shimKb = (part) => shims.map((memory) => memory[part]);
  return [
    // Half a percent is 50 ms in 10 s: five steps of the clock that /proc keeps.
    {
      id: "idle_cpu",
      title: `idle, ${missionCount} missions: daemon's CPU`,
      unit: "%",
      samples: [used / seconds / 10],
      target: { of: "value", atMost: 0.5 },
    },
    { id: "idle_rss", title: "... daemon's RSS", unit: "kB", samples: [full.rss], target: { of: "value", atMost: 80_000 } },
    { id: "empty_rss", title: "... daemon's RSS without missions", unit: "kB", samples: [empty.rss] },
    {
      id: "idle_growth",
      title: "... growth per mission",
      unit: "kB",
      samples: [(full.rss - empty.rss) / missionCount],
      target: { of: "value", atMost: 100 },
    },
    { id: "shim_rss", title: "... a shim's RSS (most of it shared)", unit: "kB", samples: shimKb("rss") },
    { id: "shim_pss", title: "... a shim's PSS", unit: "kB", samples: shimKb("pss"), target: { of: "value", atMost: 2000 } },
    {
      id: "shim_own",
      title: "... a shim's private memory",
      unit: "kB",
      samples: shimKb("own"),
      target: { of: "value", atMost: 2000 },
    },
  ];
}
