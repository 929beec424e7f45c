// What Linux tells of processes in /proc; elsewhere there is nothing to read and figures are left out.
import { readdirSync, readFileSync } from "node:fs";

export const hasProc = process.platform === "linux";

// USER_HZ of proc(5): 100 on every platform that Node runs on.
const tickMs = 10;

/** Milliseconds of processor time that a process has used, its threads included; steps of 10. */
export function processorMs(pid) {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/**
 * Kilobytes as smaps_rollup tells them: resident, the fair share of what is shared, what is its own, and what it has
 * written since it began, shared or not (`anonymous`).
 */
export function memoryOf(pid) {
  const kilobytes = Object.fromEntries(
    [...readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
  return {
    rss: kilobytes.Rss,
    pss: kilobytes.Pss,
    own: kilobytes.Private_Clean + kilobytes.Private_Dirty,
    anonymous: kilobytes.Anonymous,
  };
}

/** Resident kilobytes, cheap enough to be asked often. */
export function residentKb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Pids of a daemon's zygotes: one, and for a moment a second. */
export function zygotesOf(daemonPid, all = processes()) {
  return all.filter(({ pid, parent }) => parent === daemonPid && nameOf(pid) === "overmind-zygote").map(({ pid }) => pid);
}

/** Pids of the shims that belong to a daemon's zygote. */
export function shimsOf(daemonPid) {
  const all = processes();
  const zygotes = zygotesOf(daemonPid, all);
  return all.filter(({ pid, parent }) => zygotes.includes(parent) && nameOf(pid) === "overmind-shim").map(({ pid }) => pid);
}

/** Pids of living processes whose environment says that they belong to this home. */
export function processesOfHome(home) {
  return processesMarked([`OVERMIND_HOME=${home}`, `OVERMIND_DAEMON=${home}`]);
}

/** Pids of living processes other than this one with one of these entries in their environment. */
export function processesMarked(marks) {
  return processes()
    .filter(
      ({ pid, state }) => pid !== process.pid && state !== "Z" && marks.some((mark) => environmentOf(pid).includes(`${mark}\0`)),
    )
    .map(({ pid }) => pid);
}

function processes() {
  if (!hasProc) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [state, parent] = statFields(name);
        return [{ pid: Number(name), state, parent: Number(parent) }];
      } catch {
        return []; // It ended meanwhile.
      }
    });
}

/** The fields of /proc/PID/stat from `state` on: the name before it may hold anything. */
function statFields(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** As the process calls itself, 15 bytes at most. */
export const nameOf = (pid) => readQuietly(`/proc/${pid}/comm`).trim();
const environmentOf = (pid) => `${readQuietly(`/proc/${pid}/environ`)}\0`;

function readQuietly(path) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
