// One mission that prints a million numbered lines of 100 bytes: unwatched, then followed.
import { statSync } from "node:fs";
import { join } from "node:path";
import { BenchHome, freshDirectory } from "./home.mjs";
import { hasProc, processorMs, residentKb } from "./processes.mjs";
import { pause, timeCommand } from "./timing.mjs";
import { countFollowed } from "./wire.mjs";

export const name = "million-lines";

const lines = 1_000_000;
const lineBytes = 100;
const command = `exec seq -f %0${lineBytes - 1}.0f ${lines}`;

export async function run({ isQuick }) {
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const pid = await home.daemonPid();
  const alone = { file: [], mission: [], share: [] };
  await runUnfollowed(home, wire);
  const before = hasProc ? residentKb(pid) : 0;
  const peak = watchMemory(pid);
  for (let round = 0; round < (isQuick ? 3 : 9); round += 1) {
    alone.file.push(await runIntoFile());
    const usedBefore = hasProc ? processorMs(pid) : 0;
    const ms = await runUnfollowed(home, wire);
    alone.mission.push(ms);
    if (hasProc) alone.share.push((100 * (processorMs(pid) - usedBefore)) / ms);
  }
  const growth = (await peak()) - before;
  // Blocks of lines are what `overmind logs -f` asks for; an event for each line is what a bare client gets.
  const followed = await runFollowed(home, wire, pid, isQuick ? 1 : 3, { linewise: false });
  const linewise = await runFollowed(home, wire, pid, isQuick ? 1 : 3, { linewise: true });
  await home.dispose();
  // The clock of processor time steps by 10 ms: the mean over all rounds is finer than a median.
  const share = alone.share.reduce((sum, one) => sum + one, 0) / (alone.share.length || 1);
  const floor = { title: "the same into a file", samples: alone.file };
  return [
    {
      id: "lines_wall",
      title: "a million lines of 100 bytes",
      unit: "ms",
      samples: alone.mission,
      floor,
      target: { of: "ratio", atMost: 1.1 },
    },
    {
      id: "lines_cpu",
      title: "... daemon's CPU meanwhile, mean",
      unit: "%",
      samples: hasProc ? [share] : [],
      target: { of: "value", atMost: 10 },
    },
    {
      id: "lines_memory",
      title: "... daemon's memory growth, peak",
      unit: "kB",
      samples: hasProc ? [growth] : [],
      target: { of: "value", atMost: 10_240 },
    },
    {
      id: "lines_behind",
      title: "... one follower, behind at the end",
      unit: "ms",
      samples: followed.behind,
      target: { of: "value", atMost: 1000 },
    },
    { id: "lines_followed", title: "... wall when followed", unit: "ms", samples: followed.wall, floor },
    { id: "lines_behind_linewise", title: "... behind with an event a line", unit: "ms", samples: linewise.behind },
    {
      id: "lines_followed_memory",
      title: "... memory growth when followed",
      unit: "kB",
      samples: hasProc ? [Math.max(followed.growth, linewise.growth)] : [],
    },
  ];
}

async function runIntoFile() {
  const path = join(freshDirectory(), "output");
  const ms = await timeCommand(["sh", "-c", `exec > ${path}; ${command}`]);
  checkSize(path);
  return ms;
}

async function runUnfollowed(home, wire) {
  const startedAt = performance.now();
  const { id } = await wire.request("run", { command });
  await wire.request("wait", { id });
  const ms = performance.now() - startedAt;
  checkSize(outputOf(home, id));
  await wire.request("rm", { id });
  return ms;
}

/** Behind: from the agent's end, as its shim saw it, to the end of the follower's stream. */
async function runFollowed(home, wire, pid, rounds, args) {
  const behind = [];
  const wall = [];
  const before = hasProc ? residentKb(pid) : 0;
  const peak = watchMemory(pid);
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    const { id } = await wire.request("run", { command });
    const follower = countFollowed(home.socket, id, args);
    await wire.request("wait", { id });
    wall.push(performance.now() - startedAt);
    const { bytes, endedAt, lastLine } = await follower;
    if (bytes < lines * lineBytes || !lastLine.includes('"ok"')) throw new Error(`the follower got ${bytes} bytes: ${lastLine}`);
    const { ended_at } = await wire.request("info", { id });
    behind.push(Math.max(0, performance.timeOrigin + endedAt - Date.parse(ended_at)));
    await wire.request("rm", { id });
  }
  return { behind, wall, growth: (await peak()) - before };
}

const outputOf = (home, id) => join(home.path, "missions", id, "1.output");

function checkSize(path) {
  const { size } = statSync(path);
  if (size !== lines * lineBytes) throw new Error(`${path} has ${size} bytes instead of ${lines * lineBytes}`);
}

/** Looks at a process's memory ten times a second; the answered function ends that and tells the most. */
function watchMemory(pid) {
  let most = 0;
  const look = () => {
    if (hasProc) most = Math.max(most, residentKb(pid));
  };
  const timer = setInterval(look, 100);
  return async () => {
    await pause(100);
    clearInterval(timer);
    return most;
  };
}
