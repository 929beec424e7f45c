import { createConnection, type Socket } from "node:net";
import { OvermindClient } from "../client/overmind-client.ts";
import type { MissionView } from "../protocol/mission.ts";
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
  { name: "daemon killed while it starts", weight: 3, strike: killStartingDaemon },
  { name: "daemon stopped and continued", weight: 2, strike: freezeDaemon },
  { name: "daemon shut down", weight: 1, strike: shutDown },
  { name: "zygote killed", weight: 1, strike: killZygote },
  { name: "agent killed", weight: 3, strike: killAgent },
  { name: "shim killed", weight: 2, strike: killShim },
  { name: "agent stopped and continued", weight: 1, strike: freezeAgent },
  { name: "shim stopped and continued", weight: 1, strike: freezeShim },
  { name: "zygote stopped and continued", weight: 1, strike: freezeZygote },
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

/** A recovery that is cut short, maybe several times, is gone on with by the next. */
async function killStartingDaemon({ sandbox, random }: Scene): Promise<boolean> {
  const pid = await sandbox.daemonPid();
  if (pid === null || !signal(pid, "SIGKILL")) return false;
  const start = OvermindClient.open({ paths: sandbox.paths, autostart: true }).catch(() => null);
  await pause(random.between(20, 500));
  const starting = sandbox.processes().filter(({ command }) => /daemon\.js\b/.test(command));
  const hits = starting.filter((daemon) => signal(daemon.pid, "SIGKILL"));
  (await start)?.close();
  return hits.length > 0;
}

async function freezeDaemon({ sandbox, random }: Scene): Promise<boolean> {
  return freeze(await sandbox.daemonPid(), random.between(100, 1500));
}

async function freezeAgent(scene: Scene): Promise<boolean> {
  const running = await runningAgents(scene);
  return freeze(scene.random.pick(running)?.os_pid ?? null, scene.random.between(100, 1500));
}

async function freezeShim(scene: Scene): Promise<boolean> {
  const agent = scene.random.pick(await runningAgents(scene));
  return freeze(shimOf(scene, agent?.os_pid ?? null), scene.random.between(100, 1500));
}

async function freezeZygote(scene: Scene): Promise<boolean> {
  return freeze(await zygotePid(scene), scene.random.between(100, 1500));
}

async function freeze(pid: number | null, ms: number): Promise<boolean> {
  if (pid === null || !signal(pid, "SIGSTOP")) return false;
  await pause(ms);
  return signal(pid, "SIGCONT");
}

async function shutDown({ sandbox }: Scene): Promise<boolean> {
  const client = await sandbox.client();
  await client.shutdown();
  return true;
}

async function killZygote(scene: Scene): Promise<boolean> {
  const pid = await zygotePid(scene);
  return pid !== null && signal(pid, "SIGKILL");
}

async function zygotePid({ sandbox }: Scene): Promise<number | null> {
  const daemon = await sandbox.daemonPid();
  const zygote = sandbox.processes().find(({ parent, command }) => parent === daemon && command.includes("facts.fifo"));
  return zygote?.pid ?? null;
}

async function killAgent(scene: Scene): Promise<boolean> {
  const pid = await someVictim(scene);
  return pid !== null && signal(pid, "SIGKILL");
}

async function killShim(scene: Scene): Promise<boolean> {
  const shim = shimOf(scene, await someVictim(scene));
  return shim !== null && signal(shim, "SIGKILL");
}

function shimOf({ sandbox }: Scene, agent: number | null): number | null {
  const shim = sandbox.processes().find(({ pid }) => pid === agent)?.parent;
  return shim === undefined || shim <= 1 ? null : shim;
}

/** The pid of an agent that runs; from now on nobody foretells its end, nor its kin's. */
async function someVictim(scene: Scene): Promise<number | null> {
  const running = await runningAgents(scene);
  const hit = scene.random.pick(running);
  if (hit === undefined) return null;
  // By name, as the answer with its id may still be on its way.
  const parent = hit.parent === null ? null : await (await scene.sandbox.client()).info(hit.parent);
  for (const expected of scene.expectations) if ([hit.name, parent?.name].includes(expected.name)) expected.isHurt = true;
  return hit.os_pid;
}

async function runningAgents({ sandbox }: Scene): Promise<MissionView[]> {
  const client = await sandbox.client();
  return (await client.list({ status: ["running"] })).filter(({ os_pid }) => os_pid !== null);
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
