import type { Clock } from "../base/clock.ts";
import type { WatchFact } from "../mission/machine-types.ts";
import type { MissionPolicy } from "../mission/spec.ts";
import type { OutputWatch } from "../output/output-monitor.ts";
import type { Attempt } from "../runner/attempt.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { TurnStall, type WatchedActivity, type WatchedTurns } from "./talk/turn-stall.ts";
import type { TreeGauge } from "./tree-gauge.ts";

export interface WatchedAttempt {
  readonly policy: MissionPolicy;
  readonly attempt: Attempt | null;
  readonly output: OutputWatch | null;
  /** Of an agent, whose output may be nothing but tries. */
  readonly activity: WatchedActivity | null;
  /** Of an agent's session, which is silent between its turns. */
  readonly turns: WatchedTurns | null;
}

interface Surroundings {
  readonly clock: Clock;
  readonly gauge: TreeGauge;
}

type Tell = (fact: WatchFact) => void;

/** Watches a running attempt as its policy asks, for silence and for memory. Answers what ends the watch. */
export function watchAttempt(watched: WatchedAttempt, around: Surroundings, tell: Tell): () => void {
  const { policy, attempt, output } = watched;
  const { activityTimeoutMs, memoryMaxBytes } = policy;
  const ends: (() => void)[] = [];
  if (attempt !== null && output !== null && activityTimeoutMs !== null && activityTimeoutMs > 0) {
    const silence = watchSilence({ ...watched, attempt, output }, activityTimeoutMs, around, tell);
    ends.push(() => silence.close());
  }
  if (attempt !== null && memoryMaxBytes !== null && memoryMaxBytes > 0)
    ends.push(around.gauge.limit(attempt, memoryMaxBytes, (bytes) => tell({ type: "memory.exceeded", bytes })));
  return () => {
    for (const end of ends) end();
  };
}

interface SilentAttempt extends WatchedAttempt {
  readonly attempt: Attempt;
  readonly output: OutputWatch;
}

function watchSilence(watched: SilentAttempt, limitMs: number, { clock, gauge }: Surroundings, tell: Tell): SilenceWatch {
  const { policy, attempt, output, activity, turns } = watched;
  const stall = turns === null ? null : new TurnStall(turns, policy.onStall);
  let countAnew = () => undefined as unknown;
  return new SilenceWatch({
    clock,
    limitMs,
    onGrew: (listener) => {
      countAnew = listener;
      const stops = [output.onGrew(() => activity?.isOnlyRetrying !== true && listener()), activity?.onActivity(listener)];
      return () => {
        for (const stop of stops) stop?.();
      };
    },
    look: () => output.look(),
    measure: () => gauge.measure(attempt),
    tell: (silentMs, evidence) => {
      const step = stall?.decide({ silentMs, evidence }) ?? "tell";
      if (step === "tell") tell({ type: "stall.detected", silentMs, evidence });
      else if (step === "again") countAnew();
    },
  });
}
