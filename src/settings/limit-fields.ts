import { duration, type Kind, Mistake, optional } from "./kinds.ts";

/** The table `[limits]`: how missions go on after a limit of their account. */
export interface LimitSettings {
  /** Minutes after local midnight between which nothing goes on by itself; null: none. */
  readonly quietHours: { readonly from: number; readonly to: number } | null;
  /** The first delay where an agent does not say when its limit is over. It doubles up to the greatest. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Mean time between two missions of one account that go on. */
  readonly resumeStaggerMs: number;
}

/** Local hours such as `22:00-07:00`; they may cross midnight. */
const hours: Kind<{ from: number; to: number }> = {
  read(raw) {
    const found = typeof raw === "string" ? /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(raw.trim()) : null;
    const [from, to] = [minutes(found?.[1], found?.[2]), minutes(found?.[3], found?.[4])];
    if (found === null || from === to) throw new Mistake('two different times of day such as "22:00-07:00"', raw);
    return { from, to };
  },
  show: ({ from, to }) => `${clock(from)}-${clock(to)}`,
};

export const limitFields = {
  quiet_hours: { property: "quietHours", kind: optional(hours), fallback: null },
  backoff: { property: "backoffMs", kind: duration("s"), fallback: 60_000 },
  backoff_max: { property: "backoffMaxMs", kind: duration("s"), fallback: 3_600_000 },
  resume_stagger: { property: "resumeStaggerMs", kind: duration("ms"), fallback: 250 },
} as const;

const minutes = (hour: string | undefined, minute: string | undefined): number => Number(hour) * 60 + Number(minute);
const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
