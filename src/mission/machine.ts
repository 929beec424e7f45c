import { assign, emit, enqueueActions, fromCallback, sendTo, setup } from "xstate";
import { type MissionEvent, noHistory } from "../events/domain-event.ts";
import {
  backoffEvent,
  deadlineEvent,
  endEvent,
  finalEvent,
  giveUpEvent,
  handedOverEvent,
  memoryEvent,
  pausedEvent,
  queuedEvent,
  resumedEvent,
  stalledEvent,
  startedEvent,
  stoppingEvent,
  unpausedEvent,
  waitingEvent,
  wishEvent,
} from "./announcements.ts";
import { classifyEnd } from "./classify-end.ts";
import { delays, guards } from "./guards.ts";
import type { MachineEvent, MissionContext, MissionInput, ProcessInput, ProcessOrder, WatchInput } from "./machine-types.ts";
import {
  afterParking,
  causeOf,
  decisionOf,
  firstContext,
  freshAttempt,
  howToSweep,
  parking,
  seenEnd,
  waitBegun,
} from "./mission-context.ts";

/**
 * One mission's life. The world is touched only by the `process` actor, which whoever runs the
 * machine provides; what happens is emitted as MissionEvents.
 *
 *   resuming ──▶ queued ── released ──▶ attempt.starting ──▶ attempt.running ◀──▶ attempt.paused, attempt.waiting
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
 *     ├────────────────────────────────────────────────────────────▶ restarting ── backoff passed ──▶ attempt.starting
 *     │                                                            (without a backoff at once)
 *     ├────────────────────────────────────────────────────────────▶ parked ── goes on ──▶ attempt.starting
 *     └────────────────────────────────────────────────────────────▶ handedOver ── given back ──▶ attempt.starting
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
  guards,
  delays,
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
    wishBudget: assign({ wish: "budget" }),
    wishHandover: assign({ wish: "handover" }),
    keepWait: assign(({ context, event }) => waitBegun(context, event)),
    endWait: assign(({ context }) => ({ waits: null, pausedMs: context.pausedMs + context.monotonic() - context.pausedAt })),
    park: assign(({ context }) => ({ waits: parking(context), decision: null })),
    parkKept: assign(({ context }) => ({ waits: context.keptFrom?.() ?? null, decision: null })),
    unpark: assign(({ context }) => afterParking(context)),
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
      enqueue.raise({ type: "deadline.passed" }, { delay: Math.max(0, deadlineMs - context.ageMs) });
    }),
    keepStart: assign({ startedAt: ({ context }) => context.monotonic() - context.ranMs }),
    keepEnd: assign(({ context, event }) => {
      if (event.type !== "process.ended") return {};
      return {
        end: seenEnd(event),
        reason: classifyEnd(event, context.wish, context.policy.successCodes, context.cause),
        uptimeMs: event.ranMs ?? Math.max(0, context.monotonic() - context.startedAt),
      };
    }),
    keepLeftovers: assign({ leftovers: ({ event }) => (event.type === "process.swept" ? event.leftovers : []) }),
    decide: assign({ decision: ({ context }) => decisionOf(context) }),
    takeDecision: assign(({ context }) =>
      context.decision?.kind === "restart" ? { delayMs: context.decision.delayMs, history: context.decision.history } : {},
    ),
    countRestart: assign({ restarts: ({ context }) => context.restarts + 1 }),
    takeAskedRestart: assign({ restarts: ({ context }) => context.restarts + 1, history: noHistory }),
    // One after the first waits because somebody asked for it.
    countQueued: assign({ restarts: ({ context }) => context.restarts + (context.attempt > 1 ? 1 : 0) }),
    nextAttempt: assign(({ context }) => freshAttempt(context)),
    announceWish: emit(wishEvent),
    announceQueued: emit(queuedEvent),
    announceReleased: emit({ type: "mission.released" }),
    announcePaused: emit(pausedEvent),
    announceUnpaused: emit(unpausedEvent),
    announceHandedOver: emit(handedOverEvent),
    announceWaiting: emit(waitingEvent),
    announceResumed: emit(resumedEvent),
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
        { guard: "isParked", target: "parked" },
        { guard: "isHandedOver", target: "handedOver" },
        { target: "attempt" },
      ],
    },
    queued: {
      on: {
        "queue.moved": { actions: "announceQueued" },
        "queue.released": { actions: ["countQueued", "announceReleased"], target: "attempt" },
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
              { guard: "isWaiting", actions: ["keepStart", "announceStarted"], target: "waiting" },
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
            "handover.requested": { actions: ["wishHandover", "announceWish"], target: "terminating" },
            "agent.waits": { actions: ["keepWait", "announceWaiting"], target: "waiting" },
            "budget.exceeded": { actions: "wishBudget", target: "terminating" },
          },
        },
        // Only running is watched: what is paused, or waits, is neither silent nor late.
        waiting: {
          on: {
            "agent.waits": { actions: ["keepWait", "announceWaiting"] },
            "agent.goes_on": { actions: ["endWait", "announceResumed"], target: "running" },
            "handover.requested": { actions: ["wishHandover", "announceWish"], target: "terminating" },
            "budget.exceeded": { actions: "wishBudget", target: "terminating" },
          },
        },
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
        { guard: "wantsHandover", actions: "announceHandedOver", target: "handedOver" },
        { guard: "mustPark", actions: ["park", "announceWaiting"], target: "parked" },
        {
          guard: "restartsAtOnce",
          actions: ["takeDecision", "announceBackoff", "countRestart", "nextAttempt"],
          target: "attempt",
        },
        { guard: "shouldRestart", actions: ["takeDecision", "announceBackoff"], target: "restarting" },
        { guard: "hasGivenUp", actions: "announceGiveUp", target: "ended" },
        { target: "ended" },
      ],
    },
    restarting: {
      after: {
        backoff: [
          { guard: "isKept", actions: ["countRestart", "parkKept", "announceWaiting"], target: "parked" },
          { actions: ["countRestart", "nextAttempt"], target: "attempt" },
        ],
      },
      on: {
        "stop.requested": { actions: ["wishStop", "announceWish"], target: "ended" },
        "kill.requested": { actions: ["wishKill", "announceWish"], target: "ended" },
        "restart.requested": { actions: ["announceWish", "countRestart", "nextAttempt"], target: "attempt" },
        "deadline.passed": { actions: ["wishDeadline", "announceDeadline"], target: "ended" },
      },
    },
    parked: {
      on: {
        "agent.waits": { actions: ["keepWait", "announceWaiting"] },
        "agent.goes_on": { actions: ["announceResumed", "unpark", "nextAttempt"], target: "attempt" },
        "stop.requested": { actions: ["wishStop", "announceWish"], target: "ended" },
        "kill.requested": { actions: ["wishKill", "announceWish"], target: "ended" },
        "restart.requested": { actions: ["announceWish", "takeAskedRestart", "nextAttempt"], target: "attempt" },
        "deadline.passed": { actions: ["wishDeadline", "announceDeadline"], target: "ended" },
      },
    },
    handedOver: {
      on: {
        "unpause.requested": { actions: ["announceUnpaused", "nextAttempt"], target: "attempt" },
        "stop.requested": { actions: ["wishStop", "announceWish"], target: "ended" },
        "kill.requested": { actions: ["wishKill", "announceWish"], target: "ended" },
        "restart.requested": { actions: ["announceWish", "takeAskedRestart", "nextAttempt"], target: "attempt" },
        "deadline.passed": { actions: ["wishDeadline", "announceDeadline"], target: "ended" },
      },
    },
    ended: { type: "final", entry: "announceFinal" },
    // The daemon goes, the agent stays: nothing more is timed or told here.
    left: { type: "final" },
  },
  options: { maxIterations: 1000 },
});
