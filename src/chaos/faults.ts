import { createConnection, type Socket } from "node:net";
import type { Expectation } from "./expectation.ts";
import type { Random } from "./random.ts";
import { type Sandbox, signal, tries } from "./sandbox.ts";
import type { Surprises } from "./surprises.ts";

export interface Scene {
  readonly sandbox: Sandbox;
  readonly random: Random;
  readonly surprises: Surprises;
  readonly expectations: readonly Expectation[];
}

/** One way to hurt Overmind. Answers false where it could not be done now. */
export interface Fault {
  readonly name: string;
  readonly weight: number;
  strike(scene: Scene): Promise<boolean>;
}

/** All that a chaos run does to its daemon, its shims, its agents and its disk. */
export const faults: readonly Fault[] = [
  { name: "daemon killed", weight: 6, strike: killDaemon },
  { name: "daemon stopped and continued", weight: 2, strike: freezeDaemon },
  { name: "daemon shut down", weight: 1, strike: shutDown },
  { name: "zygote killed", weight: 1, strike: killZygote },
  { name: "agent killed", weight: 3, strike: killAgent },
  { name: "shim killed", weight: 2, strike: killShim },
  { name: "garbage sent", weight: 3, strike: sendGarbage },
  { name: "reader that does not read", weight: 1, strike: leaveReader },
  { name: "few descriptors", weight: 1, strike: takeDescriptors },
  { name: "disk full", weight: 1, strike: ({ surprises, random }) => surprises.fillDisk(random.between(200, 1500)) },
  { name: "clock set", weight: 2, strike: ({ surprises, random }) => surprises.setClock(random.between(-2, 2)) },
];

/** One of the faults, the heavier the likelier. */
export function someFault(random: Random): Fault {
  return random.pick(faults.flatMap((fault) => Array<Fault>(fault.weight).fill(fault))) as Fault;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function killDaemon({ sandbox, random }: Scene): Promise<boolean> {
  const pid = await sandbox.daemonPid();
  if (pid === null || !signal(pid, "SIGKILL")) return false;
  await pause(random.between(0, 400));
  return true;
}

async function freezeDaemon({ sandbox, random }: Scene): Promise<boolean> {
  const pid = await sandbox.daemonPid();
  if (pid === null || !signal(pid, "SIGSTOP")) return false;
  await pause(random.between(100, 1500));
  return signal(pid, "SIGCONT");
}

async function shutDown({ sandbox }: Scene): Promise<boolean> {
  const client = await sandbox.client();
  await client.shutdown();
  return true;
}

async function killZygote({ sandbox }: Scene): Promise<boolean> {
  const daemon = await sandbox.daemonPid();
  const zygote = sandbox.processes().find(({ parent, command }) => parent === daemon && command.includes("facts.fifo"));
  return zygote !== undefined && signal(zygote.pid, "SIGKILL");
}

async function killAgent(scene: Scene): Promise<boolean> {
  const hit = await someAgent(scene);
  return hit !== null && signal(hit.pid, "SIGKILL");
}

async function killShim(scene: Scene): Promise<boolean> {
  const hit = await someAgent(scene);
  if (hit === null) return false;
  const shim = scene.sandbox.processes().find(({ pid }) => pid === hit.pid)?.parent;
  return shim !== undefined && shim > 1 && signal(shim, "SIGKILL");
}

/** The pid of an agent that runs; from now on nobody foretells its end, nor its kin's. */
async function someAgent({ sandbox, random, expectations }: Scene): Promise<{ pid: number } | null> {
  const client = await sandbox.client();
  const running = (await client.list({ status: ["running"] })).filter(({ os_pid }) => os_pid !== null);
  const hit = random.pick(running);
  if (hit?.os_pid == null) return null;
  for (const expected of expectations) {
    if ([hit.id, hit.parent].includes(expected.id) || expected.name === hit.name) expected.isHurt = true;
  }
  return { pid: hit.os_pid };
}

async function sendGarbage({ sandbox, random }: Scene): Promise<boolean> {
  const bytes = random.pick([
    Buffer.from('{"cmd":"run","args":{"argv":["true"'),
    Buffer.from("\u0000\u0001{}{}[]\n\n\n"),
    Buffer.from(`${JSON.stringify({ id: 1, cmd: "logs", args: { all: "maybe", follow: 7 } })}\n`.repeat(200)),
    Buffer.alloc(9 * 1024 * 1024, "x"),
    Buffer.from(Array.from({ length: 4096 }, () => random.between(0, 255))),
  ]) as Buffer;
  const socket = await dialled(sandbox);
  if (socket === null) return false;
  socket.write(bytes);
  await pause(random.between(0, 50));
  socket.destroy();
  return true;
}

/** It asks for everything and reads nothing; the run's end closes it. */
async function leaveReader({ sandbox, surprises }: Scene): Promise<boolean> {
  const socket = await dialled(sandbox);
  if (socket === null) return false;
  socket.pause();
  socket.write(
    '{"id":1,"cmd":"logs","args":{"all":true,"follow":true}}\n{"id":2,"cmd":"events","args":{"since":0,"follow":true}}\n',
  );
  surprises.keep(socket);
  return true;
}

/** prlimit(1) of util-linux lowers the daemon's soft limit for a while. */
async function takeDescriptors({ sandbox, random }: Scene): Promise<boolean> {
  const pid = await sandbox.daemonPid();
  if (pid === null || !tries("prlimit", "--pid", String(pid), `--nofile=${random.between(30, 60)}:`)) return false;
  await pause(random.between(300, 1500));
  tries("prlimit", "--pid", String(pid), "--nofile=4096:");
  return true;
}

function dialled({ paths }: Sandbox): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection(paths.socket);
    socket.on("error", () => resolve(null));
    socket.once("connect", () => resolve(socket));
  });
}
