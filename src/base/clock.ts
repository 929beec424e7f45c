export interface Timer {
  readonly cancel: () => void;
}

/**
 * Time as the rules see it. `now` is for people (it jumps when the wall clock is set); every
 * duration is measured with `monotonic`, so that a jump changes no timeout.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds; delays beyond 24 days are waited out in pieces. */
  after(ms: number, run: () => void): Timer;
}

// Node fires at once when a delay exceeds a signed 32-bit integer (timers documentation).
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    let handle: NodeJS.Timeout;
    const arm = (left: number) => {
      const step = Math.min(left, longestDelayMs);
      handle = setTimeout(() => (left > step ? arm(left - step) : run()), step);
    };
    arm(Math.max(0, ms));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Epoch milliseconds as ISO 8601 UTC with milliseconds; null stays null. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
