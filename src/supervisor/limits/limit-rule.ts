/** What is known of an account's limits. */
export interface AccountState {
  /** Epoch ms; in the past: the limit is over. Null: it met none. */
  readonly until: number | null;
  /** How often it met a limit in a row without doing any work. */
  readonly strikes: number;
  /** No agent told that time: the next one that tells any is believed instead. Not kept over a restart. */
  readonly isGuess?: boolean;
}

/** Minutes after local midnight; where `from` is greater, the hours cross midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

/** The delay where no agent says when its limit is over. */
export interface LimitBackoff {
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

export const openAccount: AccountState = { until: null, strikes: 0 };

// The longest window that agents have is a week. What is beyond it was misread, or its clock is wrong.
const longestMs = 8 * 86_400_000;

/** When an agent says that its limit is over; null where what it says cannot be. Epoch ms. */
export function believed(told: number | null, now: number): number | null {
  if (told === null || !Number.isFinite(told) || told > now + longestMs) return null;
  return Math.max(told, 0);
}

export const isLimited = ({ until }: AccountState, now: number): boolean =>
  until !== null && until > now && until <= now + longestMs;

/**
 * An account after one of its missions met a limit. Of several times that agents tell the latest
 * counts. Where none is told it is tried again after a delay that doubles with every limit in a row;
 * missions that meet the same limit together count once.
 *
 * @param told epoch ms; null: the agent does not say
 */
export function afterLimit(state: AccountState, told: number | null, now: number, rule: LimitBackoff): AccountState {
  const until = believed(told, now);
  const isHeld = isLimited(state, now);
  if (until !== null && isHeld && state.isGuess) return { until: Math.max(until, now), strikes: state.strikes };
  if (until !== null && isHeld) return { ...state, until: Math.max(until, state.until ?? 0) };
  if (isHeld) return state;
  // Who is told again and again that it is over at once asks less and less often.
  const leastMs = state.strikes === 0 ? 0 : Math.min(rule.backoffMs, 1000 * 2 ** Math.min(state.strikes - 1, 30));
  if (until !== null) return { until: Math.max(until, now + leastMs), strikes: state.strikes + 1 };
  const delayMs = Math.min(rule.backoffMaxMs, rule.backoffMs * 2 ** Math.min(state.strikes, 30));
  return { until: now + delayMs, strikes: state.strikes + 1, isGuess: true };
}

/** The first moment from `time` on that is not within the quiet hours. Epoch ms, local hours. */
export function afterQuiet(time: number, quiet: QuietHours | null): number {
  if (quiet === null || !isQuiet(time, quiet)) return time;
  const end = new Date(time);
  end.setHours(0, quiet.to, 0, 0);
  if (end.getTime() <= time) {
    end.setDate(end.getDate() + 1);
    end.setHours(0, quiet.to, 0, 0);
  }
  return end.getTime();
}

/** Whether missions go on by themselves at that time. Epoch ms, local hours. */
export function isQuiet(time: number, { from, to }: QuietHours): boolean {
  const at = new Date(time);
  const minute = at.getHours() * 60 + at.getMinutes();
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

export interface ResumeRule {
  readonly quiet: QuietHours | null;
  /** Mean time between two missions of one account; it varies by half of it. */
  readonly staggerMs: number;
}

/**
 * When missions of one account go on, in order: once its limit is over, outside the quiet hours, and
 * one after the other, so that they do not run into the same limit together.
 *
 * @param from epoch ms: now, or a little after the last one that went on
 * @param random 0 to 1
 */
export function resumeTimes(
  count: number,
  { until }: AccountState,
  from: number,
  { quiet, staggerMs }: ResumeRule,
  random: () => number,
): number[] {
  let time = believed(until, from) ?? from;
  time = Math.max(time, from);
  return Array.from({ length: count }, (_, index) => {
    time = afterQuiet(time + (index === 0 ? staggerMs * random() : staggerMs * (0.5 + random())), quiet);
    return Math.round(time);
  });
}
