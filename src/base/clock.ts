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
  /** Milliseconds since an arbitrary start that all processes share while the machine is up; never goes back. */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds; delays beyond 24 days are waited out in pieces. */
  after(ms: number, run: () => void): Timer;
}

// Node fires at once when a delay exceeds a signed 32-bit integer (timers documentation).
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  // Not performance.now(), which counts from when this process began (node:process, hrtime: CLOCK_MONOTONIC).
  monotonic() {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  },
  after(ms, run) {
    // A timer of 0 ms fires after 1: too late for a restart without delay.
    if (ms <= 0) {
      const immediate = setImmediate(run);
      return { cancel: () => clearImmediate(immediate) };
    }
    let handle: NodeJS.Timeout;
    const arm = (left: number) => {
      const step = Math.min(left, longestDelayMs);
      handle = setTimeout(() => (left > step ? arm(left - step) : run()), step);
    };
    arm(ms);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Epoch milliseconds as ISO 8601 UTC with milliseconds; null stays null. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  if (ms === null) return null;
  if (ms !== lastMs) {
    lastIso = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastIso;
}

// The lines of a log have few different times, and making the text costs more than all else about a line.
let lastMs = Number.NaN;
let lastIso = "";
