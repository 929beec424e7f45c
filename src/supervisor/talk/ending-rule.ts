import type { EndingStep } from "../../providers/provider.ts";

/** One rung: what is done, and how long what follows waits for it. */
export type Rung =
  | { readonly do: "interrupt"; readonly waitMs: number }
  | { readonly do: "close_stdin"; readonly waitMs: number }
  | { readonly do: "signal"; readonly signal: NodeJS.Signals; readonly waitMs: number };

export interface EndingCircumstances {
  /** The machine kills when it is over: the rungs before share it. */
  readonly graceMs: number;
  /** The mission's own stop signal. */
  readonly stopSignal: NodeJS.Signals;
  /** No turn runs: nothing is to be interrupted. */
  readonly isIdle: boolean;
}

const usualSignal: NodeJS.Signals = "SIGTERM";

/**
 * The rungs of an agent's ladder as they are climbed this time, without the last one, the kill. All
 * together they never take longer than the grace: where that is short, each gets its share.
 */
export function rungs(ladder: readonly EndingStep[], { graceMs, stopSignal, isIdle }: EndingCircumstances): readonly Rung[] {
  const asked = ladder.filter((step) => step.do !== "kill").filter((step) => !(step.do === "interrupt" && isIdle));
  const total = asked.reduce((sum, { waitMs }) => sum + (waitMs ?? 0), 0);
  const share = total <= graceMs ? 1 : graceMs / total;
  return asked.map((step) => {
    const waitMs = (step.waitMs ?? 0) * share;
    if (step.do !== "signal") return { do: step.do, waitMs };
    return { do: "signal", signal: stopSignal === usualSignal ? step.signal : stopSignal, waitMs };
  });
}
