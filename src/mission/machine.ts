import { assign, emit, fromCallback, sendTo, setup } from "xstate";
import { type AttemptEnd, type MissionEvent, noHistory } from "../events/domain-event.ts";
import type { Reason } from "../protocol/mission.ts";
import { classifyEnd, finalStatusOf } from "./classify-end.ts";
import type {
  MissionContext,
  MissionInput,
  MissionRequest,
  ProcessFact,
  ProcessInput,
  ProcessOrder,
  SweepKind,
} from "./machine-types.ts";
import { decideRestart } from "./restart-rule.ts";

/**
 * One mission's life. The world is touched only by the `process` actor, which whoever runs the
 * machine provides; what happens is emitted as MissionEvents.
 *
 *   resuming ──▶ attempt.starting ──────────▶ attempt.running
 *     │               │                            │
 *     │               │ stop, restart              │ stop, restart, timeout
 *     │               ▼                            ▼
 *     │          attempt.terminating ◀─────────────┘
 *     │               │ grace passed, kill
 *     │               ▼
 *     │          attempt.killing
 *     │
 *     │          (any of them) ── ended ──▶ attempt.sweeping, unless nothing is left
 *     │                                         ▼
 *     ├────────────────────────────────────▶ deciding ──▶ ended
 *     │                                         ▼
 *     └────────────────────────────────────▶ restarting ── backoff passed ──▶ attempt.starting
 */
export const missionMachine = setup({
  types: {
    context: {} as MissionContext,
    input: {} as MissionInput,
    events: {} as ProcessFact | MissionRequest | { readonly type: "daemon.leaves" },
    emitted: {} as MissionEvent,
  },
  actors: {
    process: fromCallback<ProcessOrder, ProcessInput>(() => {
      throw new Error("the process actor has to be provided");
    }),
  },
  guards: {
    isBackingOff: ({ context }) => context.resume === "backing_off",
    isEnded: ({ context }) => context.resume === "ended",
    hasWish: ({ context }) => context.wish !== null,
    wantsEnd: ({ context }) => context.wish === "stop" || context.wish === "kill",
    wantsKill: ({ context }) => context.wish === "kill",
    wantsRestart: ({ context }) => context.wish === "restart",
    isClean: ({ event }) => event.type === "process.ended" && event.isClean,
    hasTimeout: ({ context }) => context.policy.timeoutMs !== null,
    shouldRestart: ({ context }) => context.decision?.kind === "restart",
    hasGivenUp: ({ context }) => context.decision?.kind === "give_up",
  },
  delays: {
    grace: ({ context }) => context.policy.graceMs,
    attemptTimeout: ({ context }) => Math.max(0, (context.policy.timeoutMs ?? 0) - context.ranMs),
    backoff: ({ context }) => context.delayMs,
  },
  actions: {
    wishStop: assign({ wish: ({ context }) => (context.wish === "kill" ? "kill" : "stop") }),
    wishKill: assign({ wish: "kill" }),
    // A stop or kill by anyone wins over any restart.
    wishRestart: assign({
      wish: ({ context }) => (context.wish === "stop" || context.wish === "kill" ? context.wish : "restart"),
    }),
    wishTimeout: assign({ wish: "timeout" }),
    keepStart: assign({ startedAt: ({ context }) => context.monotonic() - context.ranMs }),
    keepEnd: assign(({ context, event }) => {
      if (event.type !== "process.ended") return {};
      return {
        end: { exitCode: event.exitCode, signal: event.signal, endedAt: event.endedAt, note: event.note },
        reason: classifyEnd(event, context.wish, context.policy.successCodes),
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
      end: null,
      reason: null,
      leftovers: [],
      decision: null,
      ranMs: 0,
      startedAt: context.monotonic(),
    })),
    announceWish: emit(({ event }) => {
      const wish = event.type === "kill.requested" ? "kill" : event.type === "restart.requested" ? "restart" : "stop";
      return { type: "mission.stop_requested", wish, by: "by" in event ? event.by : "daemon" } as const;
    }),
    announceStopping: emit(({ context }) => ({
      type: "mission.stopping",
      attempt: context.attempt,
      because: context.wish ?? "sweep",
    })),
    announceStarted: emit(({ context, event }) => ({
      type: event.type === "process.started" && event.isAdopted ? "mission.adopted" : "mission.started",
      attempt: context.attempt,
      os_pid: event.type === "process.started" ? event.osPid : 0,
    })),
    announceEnd: emit(({ context }) => ({
      type: "mission.attempt_ended",
      uptime_ms: Math.round(context.uptimeMs),
      ...endOf(context),
    })),
    announceBackoff: emit(({ context }) => ({
      type: "mission.backing_off",
      attempt: context.attempt,
      restart: context.restarts,
      delay_ms: context.delayMs,
      retry_at: context.now() + context.delayMs,
      history: context.history,
    })),
    announceGiveUp: emit(({ context }) => ({
      type: "mission.gave_up",
      attempt: context.attempt,
      restarts: context.decision?.kind === "give_up" ? context.decision.restarts : 0,
      within_seconds: context.policy.maxSeconds,
    })),
    announceFinal: emit(({ context }) => {
      const { exit_code, signal } = endOf(context);
      const reason = finalReason(context);
      return { type: "mission.ended", attempt: context.attempt, status: finalStatusOf(reason), reason, exit_code, signal };
    }),
    terminate: sendTo("process", ({ context }): ProcessOrder => ({ type: "terminate", signal: context.policy.stopSignal })),
    kill: sendTo("process", { type: "kill" } satisfies ProcessOrder),
    sweep: sendTo("process", ({ context }): ProcessOrder => ({ type: "sweep", how: howToSweep(context) })),
  },
}).createMachine({
  id: "mission",
  context: ({ input }) => firstContext(input),
  initial: "resuming",
  on: { "daemon.leaves": ".left" },
  states: {
    resuming: {
      always: [{ guard: "isBackingOff", target: "restarting" }, { guard: "isEnded", target: "deciding" }, { target: "attempt" }],
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
      },
      states: {
        starting: {
          on: {
            "process.started": [
              { guard: "wantsKill", actions: ["keepStart", "announceStarted"], target: "killing" },
              { guard: "hasWish", actions: ["keepStart", "announceStarted"], target: "terminating" },
              { actions: ["keepStart", "announceStarted"], target: "running" },
            ],
          },
        },
        running: {
          after: { attemptTimeout: { guard: "hasTimeout", actions: "wishTimeout", target: "terminating" } },
        },
        // A stop on top of a stop changes nothing: the first one's grace goes on.
        terminating: {
          entry: ["announceStopping", "terminate"],
          after: { grace: "killing" },
          on: {
            "stop.requested": { actions: ["wishStop", "announceWish"] },
            "restart.requested": { actions: ["wishRestart", "announceWish"] },
          },
        },
        killing: {
          entry: ["announceStopping", "kill"],
          on: {
            "stop.requested": { actions: ["wishStop", "announceWish"] },
            "restart.requested": { actions: ["wishRestart", "announceWish"] },
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
      },
    },
    ended: { type: "final", entry: "announceFinal" },
    // The daemon goes, the agent stays: nothing more is timed or told here.
    left: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

function firstContext({ resume, ...input }: MissionInput): MissionContext {
  const end = resume.kind === "ended" || resume.kind === "backing_off" ? resume.end : null;
  const ranMs = resume.kind === "adopt" || resume.kind === "ended" ? resume.ranMs : 0;
  return {
    ...input,
    resume: resume.kind,
    wish: resume.kind === "adopt" || resume.kind === "ended" ? resume.wish : null,
    startedAt: input.monotonic() - ranMs,
    ranMs,
    end: end === null ? null : { exitCode: end.exit_code, signal: end.signal, endedAt: end.ended_at, note: end.note },
    reason: end?.reason ?? null,
    uptimeMs: ranMs,
    leftovers: end?.leftovers ?? [],
    decision: null,
    delayMs: resume.kind === "backing_off" ? resume.delayMs : 0,
  };
}

function endOf({ attempt, end, reason, leftovers }: MissionContext): AttemptEnd {
  return {
    attempt,
    exit_code: end?.exitCode ?? null,
    signal: end?.signal ?? null,
    reason: reason ?? "lost",
    ended_at: end?.endedAt ?? null,
    leftovers,
    ...(end?.note === undefined ? {} : { note: end.note }),
  };
}

// A stop that kept a mission from its next attempt ended it; one that came when all was over did not.
function finalReason({ wish, decision, reason }: MissionContext): Reason {
  const wasGoingOn = decision === null || decision.kind === "restart";
  if (wasGoingOn && wish === "kill") return "killed";
  if (wasGoingOn && wish === "stop") return "stopped";
  return reason ?? "lost";
}

// Only a natural end spares leftovers; what was stopped or killed leaves nothing behind.
function howToSweep({ wish, policy, reason }: MissionContext): SweepKind {
  if (wish === "kill") return "kill";
  // Of a lost attempt the agent itself may be what is left.
  if (wish !== null || reason === "lost") return "stop";
  return policy.keepLeftovers ? "keep" : "natural";
}
