import type { Clock } from "../base/clock.ts";
import { isShortage } from "../base/shortage.ts";
import type { Leftover } from "../protocol/mission.ts";
import { findLeftovers, type SweepSubject, withDescendants } from "./find-leftovers.ts";
import type { ProcessStat } from "./identity.ts";
import type { ProcessWorld } from "./process-world.ts";

/** A process that the agent left, and what became of it. */
export interface SweptProcess extends Leftover {
  /** `kept`: shared by other work of its user, by its name. `unkillable`: the kernel did not end it in time. */
  readonly fate: "ended" | "kept" | "unkillable";
}

export interface SweepOptions {
  /** After a natural end what is left first gets 2 s to end by itself. */
  readonly isNatural: boolean;
  /** Between SIGTERM and SIGKILL; 0 begins with SIGKILL. Default 2000. */
  readonly graceMs?: number;
  /** Names of programs that are listed and not ended. */
  readonly keepNames?: readonly string[];
}

export interface SweepWorld {
  readonly processes: ProcessWorld;
  readonly clock: Clock;
  /** Whom to look for; asked again at each look. */
  readonly subject: () => SweepSubject;
  /** Waits so long, or until the shim tells that nothing is left. */
  readonly pause: (ms: number) => Promise<void>;
  /** Whether no grace is to be given any more. */
  readonly isHurried: () => boolean;
  /** Ends what is left whether it can be found or not, where the kernel can. */
  readonly killAll?: () => void;
}

/** Programs that an agent's tools start on first use and that serve their user from then on. */
export const defaultKeepNames: readonly string[] = ["gpg-agent", "ssh-agent", "ssh", "dbus-daemon", "tmux", "adb", "watchman"];

const selfEndMs = 2000;
const defaultGraceMs = 2000;
// A process in state D cannot be ended; nobody waits longer for it.
const unkillableMs = 5000;
const longestPauseMs = 100;
/** Between looks while there are no descriptors to look with. */
const shortageMs = 100;

interface Look {
  readonly toEnd: readonly ProcessStat[];
  readonly kept: readonly ProcessStat[];
}

/**
 * Finds what is left of an attempt and ends it: SIGTERM and SIGCONT, then SIGKILL, then looks
 * again until nothing is left. Answers what had to be ended, was kept, or could not be ended;
 * what went by itself in time is not listed, nor is the agent.
 */
export async function sweep(world: SweepWorld, options: SweepOptions): Promise<SweptProcess[]> {
  const graceMs = options.graceMs ?? defaultGraceMs;
  const look = () => lookWhenPossible(world, options.keepNames ?? defaultKeepNames);
  const ended = new Map<string, SweptProcess>();
  const end = (signals: readonly NodeJS.Signals[]) => (process: ProcessStat) => {
    const key = `${process.pid} ${process.start}`;
    const { pid } = process;
    if (!ended.has(key)) ended.set(key, { pid, command: world.processes.commandOf(process), fate: "ended" });
    const wasSignalled = signals.filter((signal) => world.processes.signal(process, signal)).length > 0;
    return wasSignalled || !world.processes.isRunning(process);
  };

  let found = await look();
  const grant = (ms: number) => ({ ms, isOver: world.isHurried });
  if (options.isNatural) found = await waitFor(found, grant(selfEndMs), world, look, () => true);
  if (graceMs > 0 && !world.isHurried()) found = await waitFor(found, grant(graceMs), world, look, end(["SIGTERM", "SIGCONT"]));
  // Whoever is to be kept would go with the rest.
  if (found.kept.length === 0) world.killAll?.();
  found = await waitFor(found, { ms: unkillableMs, isOver: () => false }, world, look, end(["SIGKILL"]));

  const list = (processes: readonly ProcessStat[], fate: SweptProcess["fate"]) =>
    processes.map((process) => ({ pid: process.pid, command: world.processes.commandOf(process), fate }));
  const stuck = new Set(found.toEnd.map((process) => `${process.pid} ${process.start}`));
  const gone = [...ended].filter(([key]) => !stuck.has(key)).map(([, process]) => process);
  const agentPid = world.subject().agent?.pid;
  return [...gone, ...list(found.kept, "kept"), ...list(found.toEnd, "unkillable")].filter(({ pid }) => pid !== agentPid);
}

/** Whether a program is one of `names`. `ssh` means only a connection that others share (ControlMaster). */
export function isKeptProgram(name: string, command: string, names: readonly string[]): boolean {
  const program = command.split(" ", 1)[0]?.split("/").at(-1)?.replace(/:$/, "") ?? "";
  const title = name.split(":", 1)[0] ?? name;
  return names.some((kept) => {
    if (kept === "ssh") return program === "ssh" && command.endsWith("[mux]");
    // The kernel cuts names to 15 bytes (proc_pid_comm(5)).
    return program === kept || title === kept.slice(0, 15);
  });
}

/** For want of descriptors nothing can be seen; that does not say that nothing is left. */
async function lookWhenPossible(world: SweepWorld, keepNames: readonly string[]): Promise<Look> {
  for (;;) {
    try {
      return await lookAround(world, keepNames);
    } catch (error) {
      if (!isShortage(error)) throw error;
      await world.pause(shortageMs);
    }
  }
}

/** What a sweep would end now, and what it would leave alone. */
export async function lookAround(world: Pick<SweepWorld, "processes" | "subject">, keepNames: readonly string[]): Promise<Look> {
  const table = await world.processes.table();
  const found = findLeftovers(table, world.subject(), world.processes);
  const isKept = (process: ProcessStat) => isKeptProgram(process.name, world.processes.commandOf(process), keepNames);
  const kept = found.filter(isKept);
  const spared = kept.length === 0 ? new Set<number>() : withDescendants(kept, table);
  return { toEnd: found.filter((process) => !spared.has(process.pid)), kept: found.filter((process) => spared.has(process.pid)) };
}

/**
 * Acts on each process until that is done (`act` answers true), on new ones too, until none is left to end or the
 * time is over. While those last seen still run it asks only for them; the whole machine is looked at when they are gone.
 */
async function waitFor(
  first: Look,
  time: { readonly ms: number; readonly isOver: () => boolean },
  world: SweepWorld,
  look: () => Promise<Look>,
  act: (process: ProcessStat) => boolean,
): Promise<Look> {
  const deadline = world.clock.monotonic() + time.ms;
  const done = new Set<string>();
  let found = first;
  for (let pauseMs = 5; found.toEnd.length > 0; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    for (const process of found.toEnd) {
      const key = `${process.pid} ${process.start}`;
      if (!done.has(key) && act(process)) done.add(key);
    }
    await world.pause(Math.min(pauseMs, Math.max(1, deadline - world.clock.monotonic())));
    const isOver = time.isOver() || world.clock.monotonic() >= deadline;
    if (isOver || !found.toEnd.some((process) => world.processes.isRunning(process))) found = await look();
    if (isOver) break;
  }
  return found;
}
