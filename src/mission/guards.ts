import type { MachineEvent, MissionContext } from "./machine-types.ts";
import { parking } from "./mission-context.ts";

interface Moment {
  readonly context: MissionContext;
  readonly event: MachineEvent;
}

/** The questions that the machine asks before it takes a way. */
export const guards = {
  isQueued: ({ context }: Moment) => context.resume === "queued",
  isPaused: ({ context }: Moment) => context.isPaused,
  killsStalled: ({ context }: Moment) => context.policy.onStall === "kill",
  interruptsStalled: ({ context }: Moment) => context.policy.onStall === "interrupt",
  isBackingOff: ({ context }: Moment) => context.resume === "backing_off",
  isEnded: ({ context }: Moment) => context.resume === "ended",
  isParked: ({ context }: Moment) => context.resume === "parked",
  isHandedOver: ({ context }: Moment) => context.resume === "handed_over",
  isKept: ({ context }: Moment) => (context.keptFrom?.() ?? null) !== null,
  isWaiting: ({ context }: Moment) => context.waits !== null,
  mustPark: ({ context }: Moment) => parking(context) !== null,
  wantsHandover: ({ context }: Moment) => context.wish === "handover",
  hasWish: ({ context }: Moment) => context.wish !== null,
  wantsEnd: ({ context }: Moment) => context.wish === "stop" || context.wish === "kill" || context.wish === "deadline",
  wantsKill: ({ context }: Moment) => context.wish === "kill",
  wantsRestart: ({ context }: Moment) => context.wish === "restart",
  isClean: ({ event }: Moment) => event.type === "process.ended" && event.isClean,
  hasTimeout: ({ context }: Moment) => context.policy.timeoutMs !== null,
  restartsAtOnce: ({ context: { decision, owner, keptFrom } }: Moment) =>
    decision?.kind === "restart" && decision.delayMs === 0 && owner?.decidesAlone !== false && (keptFrom?.() ?? null) === null,
  shouldRestart: ({ context }: Moment) => context.decision?.kind === "restart",
  hasGivenUp: ({ context }: Moment) => context.decision?.kind === "give_up",
};

/** How long the machine waits for what comes by itself, in milliseconds. */
export const delays = {
  grace: ({ context }: Moment) => context.policy.graceMs,
  attemptTimeout: ({ context }: Moment) =>
    Math.max(0, (context.policy.timeoutMs ?? 0) + context.pausedMs - (context.monotonic() - context.startedAt)),
  backoff: ({ context }: Moment) => context.delayMs,
};
