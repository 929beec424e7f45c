type Facts = Readonly<Record<string, unknown>>;

// Facts of events that are points in time.
const moments: readonly string[] = ["until", "retry_at", "ended_at"];

/** An event's facts with its points in time as the wire says every time: ISO 8601. What is no moment stays as it is. */
export const withTimes = (facts: Facts): Facts => mapMoments(facts, timeOf);

/** The inverse: points in time as they were recorded, in epoch ms. */
export const withMoments = (facts: Facts): Facts => mapMoments(facts, momentOf);

function mapMoments(facts: Facts, mapped: (value: unknown) => unknown): Facts {
  const there = moments.filter((name) => name in facts);
  return there.length === 0 ? facts : { ...facts, ...Object.fromEntries(there.map((name) => [name, mapped(facts[name])])) };
}

function timeOf(value: unknown): unknown {
  if (typeof value !== "number") return value;
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? value : moment.toISOString();
}

function momentOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const moment = Date.parse(value);
  return Number.isNaN(moment) ? value : moment;
}
