import type { Clock } from "../base/clock.ts";
import type { WatchFact } from "../mission/machine-types.ts";
import type { MissionPolicy } from "../mission/spec.ts";
import type { OutputWatch } from "../output/output-monitor.ts";
import type { Attempt } from "../runner/attempt.ts";
import { SilenceWatch } from "./silence-watch.ts";
import type { TreeGauge } from "./tree-gauge.ts";

export interface WatchedAttempt {
  readonly policy: MissionPolicy;
  readonly attempt: Attempt | null;
  readonly output: OutputWatch | null;
}

/** Watches a running attempt as its policy asks, for silence and for memory. Answers what ends the watch. */
export function watchAttempt(
  { policy, attempt, output }: WatchedAttempt,
  { clock, gauge }: { readonly clock: Clock; readonly gauge: TreeGauge },
  tell: (fact: WatchFact) => void,
): () => void {
  const ends: (() => void)[] = [];
  const { activityTimeoutMs, memoryMaxBytes } = policy;
  if (attempt !== null && output !== null && activityTimeoutMs !== null && activityTimeoutMs > 0) {
    const silence = new SilenceWatch({
      clock,
      limitMs: activityTimeoutMs,
      onGrew: (listener) => output.onGrew(listener),
      look: () => output.look(),
      measure: () => gauge.measure(attempt),
      tell: (silentMs, evidence) => tell({ type: "stall.detected", silentMs, evidence }),
    });
    ends.push(() => silence.close());
  }
  // Where its processes have a cgroup the kernel keeps the limit.
  if (attempt !== null && attempt.group === null && memoryMaxBytes !== null && memoryMaxBytes > 0)
    ends.push(gauge.limit(attempt, memoryMaxBytes, (bytes) => tell({ type: "memory.exceeded", bytes })));
  return () => {
    for (const end of ends) end();
  };
}
