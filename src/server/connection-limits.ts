/** Bounds of one connection. */
export interface ConnectionLimits {
  /** Requests being answered above which no more are read. */
  readonly calls: number;
  /** Unread reply bytes above which no more requests are read. */
  readonly pauseBytes: number;
  /** Unread reply bytes above which a reader that takes nothing for `patienceMs` is told `slow_reader` and cut off; at four times as many, at once. */
  readonly cutBytes: number;
  readonly patienceMs: number;
  /** Milliseconds between looks whether a half-closed client is still there. */
  readonly probeMs: number;
}

export const connectionLimits: ConnectionLimits = {
  calls: 1000,
  pauseBytes: 16 * 1024 * 1024,
  cutBytes: 64 * 1024 * 1024,
  patienceMs: 5000,
  probeMs: 2000,
};
