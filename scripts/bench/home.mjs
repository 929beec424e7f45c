// A temporary OVERMIND_HOME with its daemon. Everything that was made is undone, also after Ctrl-C.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { processesOfHome } from "./processes.mjs";
import { pause, runCommand, timeCommand } from "./timing.mjs";
import { Wire } from "./wire.mjs";

export const overmindPath = resolve(import.meta.dirname, "../../bin/overmind");

const undone = new Set();
let isLeaving = false;

/** A directory of our own with a short path: a socket path holds 107 bytes. */
export function freshDirectory() {
  const path = makeDirectory();
  undone.add(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Ends every process and removes every directory that is still there. */
export async function undoAll() {
  for (const undo of [...undone].reverse()) await undo();
  undone.clear();
}

/** As `undoAll`, and from now on nothing new is made: a benchmark under way must not go on behind our back. */
export async function leaveNothing() {
  isLeaving = true;
  await undoAll();
}

export class BenchHome {
  path = makeDirectory();
  socket = join(this.path, "overmind.sock");
  env = { ...plainEnvironment(), OVERMIND_HOME: this.path };
  #wires = [];
  #undo = () => this.dispose();

  /** @param {string} [config] text of config.toml */
  constructor(config) {
    undone.add(this.#undo);
    if (config !== undefined) writeFileSync(join(this.path, "config.toml"), config);
  }

  /** Starts the daemon; answers the milliseconds that `overmind start` took. */
  start() {
    return timeCommand([overmindPath, "start"], { env: this.env, cwd: "/" });
  }

  /** Ends the daemon; agents go on. */
  async shutdown() {
    const pid = await this.daemonPid();
    await timeCommand([overmindPath, "shutdown"], { env: this.env });
    await untilGone(pid);
  }

  async wire() {
    const wire = await Wire.open(this.socket);
    this.#wires.push(wire);
    return wire;
  }

  async daemonPid() {
    const wire = await Wire.open(this.socket);
    const { pid } = await wire.request("hello");
    wire.close();
    return pid;
  }

  /** The daemon dies as in a crash. */
  async killDaemon() {
    const pid = await this.daemonPid();
    process.kill(pid, "SIGKILL");
    await untilGone(pid);
  }

  /** Ends missions and daemon and removes the home. */
  async dispose() {
    if (!undone.delete(this.#undo)) return;
    for (const wire of this.#wires) wire.close();
    if (process.platform !== "linux") await runCommand([overmindPath, "shutdown", "--kill", "--no-autostart"], { env: this.env });
    await endAll(this.path);
    rmSync(this.path, { recursive: true, force: true });
  }
}

function makeDirectory() {
  if (isLeaving) throw new Error("interrupted");
  return mkdtempSync(join(process.env.BENCH_DIRECTORY ?? "/tmp", "ovb-"));
}

/** The caller's environment without what would steer Overmind; NODE_* stays, and slows floor and subject alike. */
export function plainEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OVERMIND_|npm_)/.test(name)));
}

async function endAll(home) {
  for (let pids = processesOfHome(home); pids.length > 0; pids = processesOfHome(home)) {
    for (const pid of pids) killQuietly(pid);
    await pause(20);
  }
}

async function untilGone(pid) {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause(2);
  }
}

function killQuietly(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
