import type { MissionType, RestartPolicy } from "../protocol/mission.ts";

/** What a mission is asked to be: fixed when it is made, kept as JSON in its row and beside its files. */
export interface MissionSpec {
  readonly id: string;
  readonly name: string;
  readonly type: MissionType;
  readonly provider: string;
  readonly model: string | null;
  /** As a person would type it. */
  readonly command: string;
  /** Words run without a shell; null: `command` is a shell line. */
  readonly argv: readonly string[] | null;
  readonly cwd: string;
  readonly parent: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly umask: number | null;
  readonly nofile: number | null;
  readonly nice: number | null;
  readonly stdin: "open" | "null";
  readonly removeAfter: boolean;
  readonly policy: MissionPolicy;
}

export interface MissionPolicy extends RestartRule {
  readonly graceMs: number;
  readonly stopSignal: NodeJS.Signals;
  /** Bound of one attempt; null: none. */
  readonly timeoutMs: number | null;
  readonly keepLeftovers: boolean;
}

export interface RestartRule {
  readonly restart: RestartPolicy;
  readonly successCodes: readonly number[];
  /** 0: never give up. */
  readonly maxRestarts: number;
  readonly maxSeconds: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Share of the delay by which it varies, 0 to 1. */
  readonly jitter: number;
  readonly stableSeconds: number;
}

export const defaultPolicy: MissionPolicy = {
  restart: "never",
  successCodes: [0],
  maxRestarts: 5,
  maxSeconds: 60,
  backoffMs: 1000,
  backoffMaxMs: 60_000,
  jitter: 0.1,
  stableSeconds: 60,
  graceMs: 10_000,
  stopSignal: "SIGTERM",
  timeoutMs: null,
  keepLeftovers: false,
};
