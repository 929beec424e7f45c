import { assign, emit, enqueueActions, fromCallback, sendTo, setup } from "xstate";
import { type MissionEvent, noHistory } from "../events/domain-event.ts";
import {
  backoffEvent,
  deadlineEvent,
  endEvent,
  finalEvent,
  giveUpEvent,
  memoryEvent,
  pausedEvent,
  queuedEvent,
  stalledEvent,
  startedEvent,
  stoppingEvent,
  unpausedEvent,
  wishEvent,
} from "./announcements.ts";
import { classifyEnd } from "./classify-end.ts";
import type { MachineEvent, MissionContext, MissionInput, ProcessInput, ProcessOrder, WatchInput } from "./machine-types.ts";
import { causeOf, firstContext, howToSweep } from "./mission-context.ts";
import { decideRestart } from "./restart-rule.ts";

/**
 * One mission's life. The world is touched only by the `process` actor, which whoever runs the
 * machine provides; what happens is emitted as MissionEvents.
 *
 *   resuming ──▶ queued ── released ──▶ attempt.starting ──▶ attempt.running ◀──▶ attempt.paused
 *     │             │                         │                   │ stop, restart, timeout, memory, deadline, stall
 *     │             │                         ▼                   ▼
 *     │             │                    attempt.terminating ◀────┴─ (stall: attempt.interrupting first)
 *     │             │                         │ grace passed, kill
 *     │             │                         ▼
 *     │             │                    attempt.killing
 *     │             │
 *     │             │                    (any of them) ── ended ──▶ attempt.sweeping, unless nothing is left
 *     │             │                                                   ▼
 *     ├─────────────┼──────────────────────────────────────────────▶ deciding ──▶ ended
 *     │             └── refused, stop, deadline ──▶ ended               ▼
 *     └────────────────────────────────────────────────────────────▶ restarting ── backoff passed ──▶ attempt.starting
 */
export const missionMachine = setup({
  types: {
    context: {} as MissionContext,
    input: {} as MissionInput,
    events: {} as MachineEvent,
    emitted: {} as MissionEvent,
  },
  actors: {
    process: fromCallback<ProcessOrder, ProcessInput>(() => {
      throw new Error("the process actor has to be provided");
    }),
    watch: fromCallback<{ type: "none" }, WatchInput>(() => undefined),
  },
  guards: {
    isQueued: ({ context }) => context.resume === "queued",
    isPaused: ({ context }) => context.isPaused,
    killsStalled: ({ context }) => context.policy.onStall === "kill",
    interruptsStalled: ({ context }) => context.policy.onStall === "interrupt",
    isBackingOff: ({ context }) => context.resume === "backing_off",
    isEnded: ({ context }) => context.resume === "ended",
    hasWish: ({ context }) => context.wish !== null,
    wantsEnd: ({ context }) => context.wish === "stop" || context.wish === "kill" || context.wish === "deadline",
    wantsKill: ({ context }) => context.wish === "kill",
    wantsRestart: ({ context }) => context.wish === "restart",
    isClean: ({ event }) => event.type === "process.ended" && event.isClean,
    hasTimeout: ({ context }) => context.policy.timeoutMs !== null,
    shouldRestart: ({ context }) => context.decision?.kind === "restart",
    hasGivenUp: ({ context }) => context.decision?.kind === "give_up",
  },
  delays: {
    grace: ({ context }) => context.policy.graceMs,
    attemptTimeout: ({ context }) =>
      Math.max(0, (context.policy.timeoutMs ?? 0) + context.pausedMs - (context.monotonic() - context.startedAt)),
    backoff: ({ context }) => context.delayMs,
  },
  actions: {
    wishStop: assign(({ context, event }) => (context.wish === "kill" ? {} : { wish: "stop" as const, cause: causeOf(event) })),
    wishKill: assign(({ event }) => ({ wish: "kill" as const, cause: causeOf(event) })),
    // A stop or kill by anyone wins over any restart.
    wishRestart: assign({
      wish: ({ context }) => (context.wish === "stop" || context.wish === "kill" ? context.wish : "restart"),
    }),
    wishTimeout: assign({ wish: "timeout" }),
    wishStalled: assign({ wish: "stalled" }),
    wishMemory: assign({ wish: "memory" }),
    wishDeadline: assign({
      wish: ({ context }) => (context.wish === "stop" || context.wish === "kill" ? context.wish : "deadline"),
    }),
    setPaused: assign(({ context }) => ({ isPaused: true, pausedAt: context.monotonic() })),
    setUnpaused: assign(({ context }) => ({
      isPaused: false,
      pausedMs: context.pausedMs + context.monotonic() - context.pausedAt,
    })),
    refuse: assign(({ context, event }) => ({
      reason: "dependency" as const,
      end: {
        exitCode: null,
        signal: null,
        endedAt: context.now(),
        note: event.type === "queue.refused" ? event.note : undefined,
      },
    })),
    armDeadline: enqueueActions(({ context, enqueue }) => {
      const { deadlineMs } = context.policy;
      if (deadlineMs === null) return;
      enqueue.raise(
        { type: "deadline.passed" },
        { delay: Math.min(deadlineMs, Math.max(0, context.createdAt + deadlineMs - context.now())) },
      );
    }),
    keepStart: assign({ startedAt: ({ context }) => context.monotonic() - context.ranMs }),
    keepEnd: assign(({ context, event }) => {
      if (event.type !== "process.ended") return {};
      return {
        end: { exitCode: event.exitCode, signal: event.signal, endedAt: event.endedAt, note: event.note },
        reason: classifyEnd(event, context.wish, context.policy.successCodes, context.cause),
        uptimeMs: event.ranMs ?? Math.max(0, context.monotonic() - context.startedAt),
      };
    }),
    keepLeftovers: assign({ leftovers: ({ event }) => (event.type === "process.swept" ? event.leftovers : []) }),
    decide: assign({
      decision: ({ context }) =>
        decideRestart(
          context.policy,
          context.history,
          { reason: context.reason ?? "lost", uptimeMs: context.uptimeMs },
          context.random(),
        ),
    }),
    takeDecision: assign(({ context }) =>
      context.decision?.kind === "restart"
        ? { delayMs: context.decision.delayMs, history: context.decision.history, restarts: context.restarts + 1 }
        : {},
    ),
    takeAskedRestart: assign({ restarts: ({ context }) => context.restarts + 1, history: noHistory }),
    nextAttempt: assign(({ context }) => ({
      attempt: context.attempt + 1,
      resume: "start" as const,
      wish: null,
      cause: null,
      isPaused: false,
      pausedMs: 0,
      end: null,
      reason: null,
      leftovers: [],
      decision: null,
      ranMs: 0,
      startedAt: context.monotonic(),
    })),
    announceWish: emit(wishEvent),
    announceQueued: emit(queuedEvent),
    announceReleased: emit({ type: "mission.released" }),
    announcePaused: emit(pausedEvent),
    announceUnpaused: emit(unpausedEvent),
    announceStalled: emit(stalledEvent),
    announceMemory: emit(memoryEvent),
    announceDeadline: emit(deadlineEvent),
    announceStopping: emit(stoppingEvent),
    announceStarted: emit(startedEvent),
    announceEnd: emit(endEvent),
    announceBackoff: emit(backoffEvent),
    announceGiveUp: emit(giveUpEvent),
    announceFinal: emit(finalEvent),
    terminate: sendTo("process", ({ context }): ProcessOrder => ({ type: "terminate", signal: context.policy.stopSignal })),
    interrupt: sendTo("process", { type: "terminate", signal: "SIGINT" } satisfies ProcessOrder),
    pause: sendTo("process", { type: "pause" } satisfies ProcessOrder),
    unpause: sendTo("process", { type: "unpause" } satisfies ProcessOrder),
    kill: sendTo("process", { type: "kill" } satisfies ProcessOrder),
    sweep: sendTo("process", ({ context }): ProcessOrder => ({ type: "sweep", how: howToSweep(context) })),
  },
}).createMachine({
  id: "mission",
  context: ({ input }) => firstContext(input),
  initial: "resuming",
  entry: "armDeadline",
  on: { "daemon.leaves": ".left" },
  states: {
    resuming: {
      always: [
        { guard: "isQueued", target: "queued" },
        { guard: "isBackingOff", target: "restarting" },
        { guard: "isEnded", target: "deciding" },
        { target: "attempt" },
      ],
    },
    queued: {
      on: {
        "queue.moved": { actions: "announceQueued" },
        "queue.released": { actions: "announceReleased", target: "attempt" },
        "queue.refused": { actions: "refuse", target: "ended" },
        "stop.requested": { actions: ["wishStop", "announceWish"], target: "ended" },
        "kill.requested": { actions: ["wishKill", "announceWish"], target: "ended" },
        "deadline.passed": { actions: ["wishDeadline", "announceDeadline"], target: "ended" },
      },
    },
    attempt: {
      invoke: {
        id: "process",
        src: "process",
        input: ({ context: { id, attempt, restarts, history, resume, owner } }) => ({
          id,
          attempt,
          restarts,
          history,
          mode: resume === "adopt" ? "adopt" : "start",
          owner,
        }),
      },
      initial: "starting",
      on: {
        "process.started": { actions: ["keepStart", "announceStarted"] },
        "process.ended": [
          { guard: "isClean", actions: ["keepEnd", "announceEnd"], target: "deciding" },
          { actions: "keepEnd", target: ".sweeping" },
        ],
        "stop.requested": { actions: ["wishStop", "announceWish"], target: ".terminating" },
        "restart.requested": { actions: ["wishRestart", "announceWish"], target: ".terminating" },
        "kill.requested": { actions: ["wishKill", "announceWish"], target: ".killing" },
        "deadline.passed": { actions: ["wishDeadline", "announceDeadline"], target: ".terminating" },
      },
      states: {
        starting: {
          on: {
            "process.started": [
              { guard: "wantsKill", actions: ["keepStart", "announceStarted"], target: "killing" },
              { guard: "hasWish", actions: ["keepStart", "announceStarted"], target: "terminating" },
              // Its tree is stopped already, unless the former daemon died while it did that.
              { guard: "isPaused", actions: ["keepStart", "announceStarted", "pause"], target: "paused" },
              { actions: ["keepStart", "announceStarted"], target: "running" },
            ],
          },
        },
        running: {
          after: { attemptTimeout: { guard: "hasTimeout", actions: "wishTimeout", target: "terminating" } },
          invoke: { src: "watch", input: ({ context: { policy, owner } }) => ({ policy, owner }) },
          on: {
            "stall.detected": [
              { guard: "killsStalled", actions: ["announceStalled", "wishStalled"], target: "terminating" },
              { guard: "interruptsStalled", actions: ["announceStalled", "wishStalled"], target: "interrupting" },
              { actions: "announceStalled" },
            ],
            "memory.exceeded": { actions: ["announceMemory", "wishMemory"], target: "terminating" },
            "pause.requested": { actions: ["setPaused", "pause", "announcePaused"], target: "paused" },
          },
        },
        // Only running is watched: what is paused is neither silent nor late.
        paused: {
          on: { "unpause.requested": { actions: ["setUnpaused", "unpause", "announceUnpaused"], target: "running" } },
        },
        interrupting: {
          entry: ["announceStopping", "interrupt"],
          after: { grace: "terminating" },
        },
        // A stop on top of a stop changes nothing: the first one's grace goes on.
        terminating: {
          entry: ["announceStopping", "terminate"],
          after: { grace: "killing" },
          on: {
            "stop.requested": { actions: ["wishStop", "announceWish"] },
            "restart.requested": { actions: ["wishRestart", "announceWish"] },
            "deadline.passed": { actions: ["wishDeadline", "announceDeadline"] },
          },
        },
        killing: {
          entry: ["announceStopping", "kill"],
          on: {
            "stop.requested": { actions: ["wishStop", "announceWish"] },
            "restart.requested": { actions: ["wishRestart", "announceWish"] },
            "deadline.passed": { actions: ["wishDeadline", "announceDeadline"] },
          },
        },
        // The end is known; a wish changes what follows, and a kill hurries the sweep.
        sweeping: {
          entry: ["announceStopping", "sweep"],
          on: {
            "process.started": {},
            "process.ended": {},
            "process.swept": { actions: ["keepLeftovers", "announceEnd"], target: "#mission.deciding" },
            "stop.requested": { actions: ["wishStop", "announceWish"] },
            "restart.requested": { actions: ["wishRestart", "announceWish"] },
            "kill.requested": { actions: ["wishKill", "announceWish", "kill"] },
            "deadline.passed": { actions: ["wishDeadline", "announceDeadline"] },
          },
        },
      },
    },
    deciding: {
      entry: "decide",
      always: [
        { guard: "wantsEnd", target: "ended" },
        { guard: "wantsRestart", actions: ["takeAskedRestart", "nextAttempt"], target: "attempt" },
        { guard: "shouldRestart", actions: ["takeDecision", "announceBackoff"], target: "restarting" },
        { guard: "hasGivenUp", actions: "announceGiveUp", target: "ended" },
        { target: "ended" },
      ],
    },
    restarting: {
      after: { backoff: { actions: "nextAttempt", target: "attempt" } },
      on: {
        "stop.requested": { actions: ["wishStop", "announceWish"], target: "ended" },
        "kill.requested": { actions: ["wishKill", "announceWish"], target: "ended" },
        "restart.requested": { actions: ["announceWish", "nextAttempt"], target: "attempt" },
        "deadline.passed": { actions: ["wishDeadline", "announceDeadline"], target: "ended" },
      },
    },
    ended: { type: "final", entry: "announceFinal" },
    // The daemon goes, the agent stays: nothing more is timed or told here.
    left: { type: "final" },
  },
  options: { maxIterations: 1000 },
});
