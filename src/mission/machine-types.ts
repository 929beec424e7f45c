import type { AttemptEnd, Requester, RestartHistory, StallFindings } from "../events/domain-event.ts";
import type { Leftover, Reason } from "../protocol/mission.ts";
import type { EndingCause, EndingWish, ProcessEnd } from "./classify-end.ts";
import type { ProcessOwner } from "./process-owner.ts";
import type { RestartDecision } from "./restart-rule.ts";
import type { MissionPolicy } from "./spec.ts";

/** Where a mission takes up its life: a new attempt, or what a former daemon left. */
export type Resume =
  /** Waits until somebody releases it. */
  | { readonly kind: "queued" }
  | { readonly kind: "start" }
  /** The process may still run, or have ended unseen; `ranMs` is how long it has run so far, `pausedMs` how much of that it was paused. */
  | {
      readonly kind: "adopt";
      readonly wish: EndingWish;
      readonly ranMs: number;
      readonly pausedMs?: number;
      readonly isPaused?: boolean;
      /** What the agent was waiting for when it was last heard. */
      readonly waits?: Waiting;
    }
  /** The end of the attempt is on record, what follows from it is not. */
  | { readonly kind: "ended"; readonly wish: EndingWish; readonly end: AttemptEnd; readonly ranMs: number }
  | { readonly kind: "backing_off"; readonly delayMs: number; readonly end: AttemptEnd | null }
  /** Ended, and waits for what lets it go on: a limit that passes, or a person. */
  | { readonly kind: "parked"; readonly waits: Waiting; readonly end: AttemptEnd }
  /** A person took the conversation over. */
  | { readonly kind: "handed_over"; readonly end: AttemptEnd };

/** What an agent needs to go on, and cannot get by itself. */
export interface Waiting {
  readonly waitingFor: "answer" | "limit" | "budget";
  /** Epoch ms at which it may go on; null: nobody knows, or a person decides. */
  readonly until: number | null;
  /** One line for a person. */
  readonly note: string;
}

export interface MissionInput {
  readonly id: string;
  /** How long ago it was made, in ms. */
  readonly ageMs: number;
  readonly policy: MissionPolicy;
  readonly attempt: number;
  readonly restarts: number;
  readonly history: RestartHistory;
  readonly resume: Resume;
  /** Handed on to the process actor; the machine itself asks it only whether it may restart. */
  readonly owner: ProcessOwner | null;
  /** Epoch ms, for what people read. */
  readonly now: () => number;
  /** Monotonic ms, for what rules measure. */
  readonly monotonic: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** What keeps its next attempt from starting, such as a limit of its account; null: nothing. */
  readonly keptFrom?: () => Waiting | null;
}

export interface MissionContext extends Omit<MissionInput, "resume"> {
  readonly resume: Resume["kind"];
  readonly wish: EndingWish;
  readonly cause: EndingCause;
  readonly isPaused: boolean;
  /** Monotonic ms of the last pause's begin, and the milliseconds of those that are over: they count towards no timeout. */
  readonly pausedAt: number;
  readonly pausedMs: number;
  /** Monotonic ms at which the attempt started; in the past of an adopted one. */
  readonly startedAt: number;
  /** Milliseconds the attempt ran before this machine saw it. */
  readonly ranMs: number;
  readonly end: SeenEnd | null;
  readonly reason: Reason | null;
  /** What it waits for; null: nothing. */
  readonly waits: Waiting | null;
  readonly uptimeMs: number;
  readonly leftovers: readonly Leftover[];
  readonly decision: Decision | null;
  readonly delayMs: number;
}

/** `withheld`: by its own rule it would start again, but its group ends. */
export type Decision = RestartDecision | { readonly kind: "withheld" };

export interface SeenEnd extends Omit<ProcessEnd, "kind"> {
  readonly endedAt: number | null;
  readonly note: string | undefined;
  /** Of an attempt that met a limit: when that is over, epoch ms, where the agent said so. */
  readonly until?: number;
}

/** Facts about the attempt's process, told by whoever owns it. */
export type ProcessFact =
  | { readonly type: "process.started"; readonly osPid: number | null; readonly isAdopted: boolean }
  | ({
      readonly type: "process.ended";
      readonly endedAt: number | null;
      /** Nothing of the attempt is left. */
      readonly isClean: boolean;
      /** How long it ran, where that is known better than by when the fact arrived. */
      readonly ranMs?: number;
      readonly note?: string;
      readonly until?: number;
    } & ProcessEnd)
  | { readonly type: "process.swept"; readonly leftovers: readonly Leftover[] };

export type MissionRequest =
  | { readonly type: "stop.requested"; readonly by: Requester; readonly cause?: EndingCause }
  | { readonly type: "kill.requested"; readonly by: Requester; readonly cause?: EndingCause }
  | { readonly type: "restart.requested"; readonly by: Requester }
  | { readonly type: "pause.requested"; readonly by: Requester }
  | { readonly type: "unpause.requested"; readonly by: Requester }
  /** The agent is to end, so that a person can go on with its conversation. */
  | { readonly type: "handover.requested"; readonly by: Requester };

/** What an agent's own words tell, or what is decided about what it spent. */
export type AgentFact =
  | ({ readonly type: "agent.waits" } & Waiting)
  /** What it waited for is there. */
  | { readonly type: "agent.goes_on"; readonly by?: Requester }
  /** The attempt is ended for what it spent. */
  | { readonly type: "budget.exceeded" };

/** What the queue decides about a mission that waits in it. */
export type QueueFact =
  | { readonly type: "queue.moved"; readonly waitingFor: QueueWait; readonly until: number | null; readonly note: string }
  | { readonly type: "queue.released" }
  /** What it waited for can never come. */
  | { readonly type: "queue.refused"; readonly note: string };

export type QueueWait = "dependency" | "delay" | "slot" | "limit" | "budget";

/** What the watch over a running attempt tells. */
export type WatchFact =
  | { readonly type: "stall.detected"; readonly silentMs: number; readonly evidence: StallFindings }
  | { readonly type: "memory.exceeded"; readonly bytes: number };

export interface WatchInput {
  readonly policy: MissionPolicy;
  readonly owner: ProcessOwner | null;
}

/** What the machine asks of the process it owns. */
export type ProcessOrder =
  | { readonly type: "terminate"; readonly signal: NodeJS.Signals }
  | { readonly type: "kill" }
  /** Stops the whole tree where it stands (SIGSTOP), or lets it go on (SIGCONT). */
  | { readonly type: "pause" }
  | { readonly type: "unpause" }
  | { readonly type: "sweep"; readonly how: SweepKind };

/** What becomes of what an ended agent left behind: listed, given time to end, ended, or killed at once. */
export type SweepKind = "keep" | "natural" | "stop" | "kill";

/** How the members of a group are ended. */
export type MemberOrder = "stop" | "kill";

export interface ProcessInput {
  readonly id: string;
  readonly attempt: number;
  readonly restarts: number;
  readonly history: RestartHistory;
  readonly mode: "start" | "adopt";
  readonly owner: ProcessOwner | null;
}

export type MachineEvent =
  | ProcessFact
  | WatchFact
  | AgentFact
  | QueueFact
  | MissionRequest
  | { readonly type: "deadline.passed" | "daemon.leaves" };
