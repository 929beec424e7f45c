/**
 * A moment on the clock that nobody can set: milliseconds on the machine's monotonic clock, which
 * all processes of one boot share. It tells how much time has gone by where wall times cannot.
 */
export interface BootMoment {
  /** Which start of the machine it counts from. */
  readonly boot: string;
  readonly ms: number;
}

/**
 * Milliseconds from `then` to `now`. By the wall clock, and never less than none, where `then` was
 * not noted or the machine was started again since.
 *
 * @param wallMs what the wall clock says has gone by
 */
export function elapsed(then: BootMoment | null | undefined, now: BootMoment, wallMs: number): number {
  return Math.max(0, then?.boot === now.boot ? now.ms - then.ms : wallMs);
}
