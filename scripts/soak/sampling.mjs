// What the daemon and its home hold at a moment.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { memoryOf, processesOfHome, processorMs, shimsOf, zygotesOf } from "../bench/processes.mjs";

/** Numbers only; kB of memory, bytes of disk (blocks, not apparent size). */
export async function takeSample(home, pid, wire) {
  const memory = memoryOf(pid);
  // Their fair share would tell how many others on this machine run perl meanwhile.
  const shims = shimsOf(pid).flatMap(anonymousOf);
  const zygotes = zygotesOf(pid).flatMap(anonymousOf);
  const disk = { files: 0, bytes: 0 };
  measureTree(home.path, disk);
  const { missions } = await wire.request("status");
  return {
    rss_kb: memory.rss,
    pss_kb: memory.pss,
    cpu_ms: processorMs(pid),
    fds: readdirSync(`/proc/${pid}/fd`).length,
    threads: Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
    zygote_anon_kb: sum(zygotes),
    shims: shims.length,
    shims_anon_kb: sum(shims),
    processes: processesOfHome(home.path).length,
    files: disk.files,
    disk_bytes: disk.bytes,
    database_bytes: bytesOf(join(home.path, "overmind.db")),
    wal_bytes: bytesOf(join(home.path, "overmind.db-wal")),
    live: missions.live,
    kept: missions.total,
  };
}

/** Files of each part of the home by bytes, the biggest first: what to look at when it grows. */
export function biggestParts(home) {
  const parts = readdirSync(home.path).map((name) => {
    const disk = { files: 0, bytes: 0 };
    measureTree(join(home.path, name), disk);
    return { name, ...disk };
  });
  return parts.sort((left, right) => right.bytes - left.bytes).slice(0, 8);
}

function measureTree(path, disk) {
  try {
    const stat = lstatSync(path);
    disk.bytes += stat.blocks * 512;
    if (!stat.isDirectory()) {
      disk.files += 1;
      return;
    }
    for (const name of readdirSync(path)) measureTree(join(path, name), disk);
  } catch {
    // It was removed meanwhile.
  }
}

function bytesOf(path) {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
}

function anonymousOf(pid) {
  try {
    return [memoryOf(pid).anonymous ?? 0];
  } catch {
    return []; // It ended meanwhile.
  }
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
