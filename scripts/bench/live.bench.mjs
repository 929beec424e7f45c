// What 0, 10, 100 and 1,000 live missions cost, quiet ones and ones that print a line each second, and what the
// next step would need.
import { readdirSync, readFileSync } from "node:fs";
import { BenchHome } from "./home.mjs";
import { startMissions, untilRunning } from "./missions.mjs";
import { hasProc, memoryOf, processorMs, shimsOf, zygotesOf } from "./processes.mjs";
import { summarize } from "./statistics.mjs";
import { pause } from "./timing.mjs";

export const name = "live";

const settleMs = 4000;
const nextStep = 10_000;

const kinds = [
  { name: "quiet", argv: ["sleep", "100000"] },
  // Started at random moments, so that not all lines fall into one instant.
  {
    name: "a line/s",
    argv: ["perl", "-e", "$|=1; select undef,undef,undef,rand; while (1) { print 'x' x 79, qq(\\n); sleep 1 }"],
  },
];

export async function run({ isQuick }) {
  if (!hasProc) return [];
  const counts = isQuick ? [10, 100, 300] : [10, 100, 1000];
  const rows = [await lookAt({ kind: { name: "quiet" }, count: 0, isQuick })];
  for (const kind of kinds) for (const count of counts) rows.push(await lookAt({ kind, count, isQuick }));
  return [...rows.flatMap(measuresOf), ...growthOf(rows)];
}

/** One daemon with so many missions. */
async function lookAt({ kind, count, isQuick }) {
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const pid = await home.daemonPid();
  await untilRunning(wire, await startMissions(wire, count, { argv: kind.argv, cwd: "/" }));
  await pause(settleMs);
  const shims = shimsOf(pid);
  if (shims.length < count) throw new Error(`${shims.length} shims stand for ${count} missions`);
  const seconds = isQuick ? 5 : 10;
  const used = await usedWhile([pid, ...zygotesOf(pid), ...shims], () => pause(seconds * 1000));
  const pings = [];
  while (pings.length < 40) pings.push(await takePing(wire));
  const memory = memoryOf(pid);
  const row = {
    kind: kind.name,
    count,
    cpu: (100 * used[0]) / used.tookMs,
    shimCpu: (100 * used.slice(1).reduce((sum, ms) => sum + ms, 0)) / used.tookMs,
    rss: memory.rss,
    shimPss: shims.reduce((sum, shim) => sum + memoryOf(shim).pss, 0),
    fds: readdirSync(`/proc/${pid}/fd`).length,
    watches: watchesOf(pid),
    ping: summarize(pings).median,
    slowestPing: summarize(pings).max,
  };
  await home.dispose();
  return row;
}

async function takePing(wire) {
  await pause(50);
  const startedAt = performance.now();
  await wire.request("ping");
  return performance.now() - startedAt;
}

/** Milliseconds of processor time that each process used meanwhile. */
async function usedWhile(pids, work) {
  const before = pids.map(processorMs);
  const startedAt = performance.now();
  await work();
  const used = pids.map((pid, at) => processorMs(pid) - before[at]);
  return Object.assign(used, { tookMs: performance.now() - startedAt });
}

/** Files that the daemon has the kernel watch; a user may have so many only. */
function watchesOf(pid) {
  return readdirSync(`/proc/${pid}/fdinfo`).reduce((sum, fd) => {
    try {
      return sum + [...readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8").matchAll(/^inotify /gm)].length;
    } catch {
      return sum; // It was closed meanwhile.
    }
  }, 0);
}

function measuresOf({ kind, count, ...row }) {
  const id = `live_${count}_${kind === "quiet" ? "quiet" : "printing"}`;
  const name = count === 0 ? "no live mission" : `${count} live missions, ${kind}`;
  const measure = (part, column, unit, figure) => ({
    id: `${id}_${part}`,
    title: part === "cpu" ? `${name}: ${column}` : `... ${column}`,
    unit,
    samples: [figure],
    matrix: { table: "live missions", row: name, column: `${column}${unit === "" ? "" : `, ${unit}`}` },
  });
  return [
    measure("cpu", "daemon's CPU", "%", row.cpu),
    measure("shim_cpu", "shims' CPU", "%", row.shimCpu),
    measure("rss", "daemon's RSS", "kB", row.rss),
    measure("shim_pss", "shims' PSS", "kB", row.shimPss),
    measure("fds", "daemon's descriptors", "", row.fds),
    measure("ping", "ping", "ms", row.ping),
    measure("ping_max", "slowest ping", "ms", row.slowestPing),
  ];
}

/** What one more mission costs, between the two largest numbers; and which limit the next step meets first. */
function growthOf(rows) {
  return kinds.map(({ name: kind }) => {
    const [less, more] = rows.filter((row) => row.kind === kind).slice(-2);
    const step = more.count - less.count;
    const each = (key) => (more[key] - less[key]) / step;
    const id = `live_growth_${kind === "quiet" ? "quiet" : "printing"}`;
    const title = `daemon's RSS for one more mission, ${kind}`;
    return { id, title, unit: "kB", samples: [each("rss")], note: outlook(kind, more, each) };
  });
}

function outlook(kind, { count, cpu, rss, shimPss, fds, watches }, each) {
  const beyond = nextStep - count;
  // What a few seconds of a busy machine make smaller does not shrink further on.
  const at = (figure, key) => figure + beyond * Math.max(0, each(key));
  const needs = [
    ["one processor, %", at(cpu, "cpu"), 100],
    ["memory of daemon and shims, MB", (at(rss, "rss") + at(shimPss, "shimPss")) / 1024, memoryMb()],
    ["descriptors", at(fds, "fds"), softLimit("Max open files")],
    ["watched files", at(watches, "watches"), numberIn("/proc/sys/fs/inotify/max_user_watches")],
    ["processes", 2 * nextStep, Math.min(softLimit("Max processes"), numberIn("/proc/sys/kernel/pid_max"))],
  ].map(([what, need, limit]) => ({ what, need, limit, share: need / limit }));
  const [first] = [...needs].sort((left, right) => right.share - left.share);
  const list = needs.map(({ what, need, limit }) => `${what} ${need.toFixed(0)} of ${limit.toFixed(0)}`).join(", ");
  const verdict = first.share > 1 ? "is exceeded" : `comes nearest (${(100 * first.share).toFixed(0)} %)`;
  return `${nextStep} live missions, ${kind}, reckoned from the last step: ${list}: of these ${first.what.split(",")[0]} ${verdict}.`;
}

const memoryMb = () => Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) / 1024;
const numberIn = (path) => Number(readFileSync(path, "utf8"));

function softLimit(title) {
  const value = new RegExp(`^${title} +(\\S+)`, "m").exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return value === "unlimited" ? Number.POSITIVE_INFINITY : Number(value);
}
