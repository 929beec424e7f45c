import type { StepHistories } from "./step-histories.ts";

export type StepEnd = "succeeded" | "failed" | "stopped";

/** What the restart rule remembers of a mission; times on the axis of time spent running. */
export interface RestartHistory {
  /** Restarts since the last stable stretch: the exponent of the backoff. */
  readonly streak: number;
  /** Milliseconds the mission has run in all its ended attempts. */
  readonly uptimeMs: number;
  /** Values of `uptimeMs` at the crashes that count towards giving up, newest last. */
  readonly crashes: readonly number[];
  /** How often it went on by itself after a limit; none where it never met one. */
  readonly resumes?: number;
  /** Of a group what it remembers of its members in the present attempt. */
  readonly members?: MemberHistory;
  /** Of a pipeline what it decided in the present attempt. */
  readonly pipeline?: PipelineHistory;
}

/** What became of a pipeline's agents so far. */
export interface PipelineHistory {
  /** How many moves there were: orders ends. */
  readonly moves: number;
  readonly steps: StepHistories;
  readonly skipped: readonly string[];
  /** Loopback ports of steps that were dropped, or are to run again: each gets its own back if it can. */
  readonly ports?: Readonly<Record<string, number>>;
  /** What a change of the blueprint ends; an agent starts anew once its own are gone. */
  readonly leaving?: readonly LeavingAgent[];
  /** Of the blueprint as it is kept; absent: as it was applied. */
  readonly version?: number;
}

export interface LeavingAgent {
  readonly agent: string;
  /** Ids. */
  readonly missions: readonly string[];
}

export interface StepHistory {
  readonly agent: string;
  /** From 1. */
  readonly tries: number;
  /** The loopback port that it was given at its first start. */
  readonly port?: number;
  /** Ids of missions: the agent's of the present try, the one that asks whether it is ready, those that verify it. */
  readonly mission: string | null;
  readonly probe: string | null;
  readonly checks: readonly string[];
  /** Ids of checks that failed and were sent back to the agent; `checks` began anew after each. */
  readonly returned?: readonly string[];
  readonly isReady: boolean;
  /** It was not ready in time, which is a failure however it ends. */
  readonly isUnready: boolean;
  readonly end: { readonly how: StepEnd; readonly exitCode: number | null; readonly at: number } | null;
}

/** What a group remembers of its members while one attempt of it lasts. */
export interface MemberHistory {
  /** Crashes within the window, newest last: milliseconds on the axis of how long the group has been up. */
  readonly crashes: readonly number[];
  /** Of each member the attempt whose crash was counted last, so that none counts twice. */
  readonly counted: Readonly<Record<string, number>>;
  /** The attempts that the last crash takes along: whoever is still in one of these has to start again. */
  readonly taken: Readonly<Record<string, number>>;
}

export const noMemberHistory: MemberHistory = { crashes: [], counted: {}, taken: {} };

export const noHistory: RestartHistory = { streak: 0, uptimeMs: 0, crashes: [] };
