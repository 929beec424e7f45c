import type { WatchFact } from "../../mission/machine-types.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import type { OutputWatch } from "../../output/output-monitor.ts";
import type { Attempt } from "../../runner/attempt.ts";
import type { Surroundings } from "../surroundings.ts";
import { TurnStall, type WatchedActivity, type WatchedTurns } from "../talk/turn-stall.ts";
import { SilenceWatch } from "./silence-watch.ts";

export interface WatchedAttempt {
  readonly spec: MissionSpec;
  readonly attempt: Attempt | null;
  readonly output: OutputWatch | null;
  /** Its output may be nothing but tries, and a session is silent between its turns; null for a command. */
  readonly agent: (WatchedActivity & WatchedTurns) | null;
}

type World = Pick<Surroundings, "clock" | "gauge">;
type Tell = (fact: WatchFact) => void;

/** Watches a running attempt as its policy asks, for silence and for memory. Answers what ends the watch. */
export function watchAttempt(watched: WatchedAttempt, around: World, tell: Tell): () => void {
  const { spec, attempt, output } = watched;
  const { activityTimeoutMs, memoryMaxBytes } = spec.policy;
  const ends: (() => void)[] = [];
  if (attempt !== null && output !== null && activityTimeoutMs !== null && activityTimeoutMs > 0) {
    const silence = watchSilence({ ...watched, attempt, output }, activityTimeoutMs, around, tell);
    ends.push(() => silence.close());
  }
  // Where its processes have a cgroup the kernel keeps the limit.
  if (attempt !== null && attempt.group === null && memoryMaxBytes !== null && memoryMaxBytes > 0)
    ends.push(around.gauge.limit(attempt, memoryMaxBytes, (bytes) => tell({ type: "memory.exceeded", bytes })));
  return () => {
    for (const end of ends) end();
  };
}

interface SilentAttempt extends WatchedAttempt {
  readonly attempt: Attempt;
  readonly output: OutputWatch;
}

function watchSilence(watched: SilentAttempt, limitMs: number, { clock, gauge }: World, tell: Tell): SilenceWatch {
  const { spec, attempt, output, agent } = watched;
  const stall = agent === null || spec.type !== "session" ? null : new TurnStall(agent, spec.policy.onStall);
  let countAnew = () => undefined as unknown;
  return new SilenceWatch({
    clock,
    limitMs,
    onGrew: (listener) => {
      countAnew = listener;
      const stops = [output.onGrew(() => agent?.isOnlyRetrying !== true && listener()), agent?.onActivity(listener)];
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
