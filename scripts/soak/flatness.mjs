// Whether a figure stayed flat over a run. A sample is `{ atMs, ...figures }`.
import { summarize } from "../bench/statistics.mjs";

const hourMs = 3_600_000;

/** Change per hour of a figure by least squares; null where there are fewer than two moments. */
export function slopePerHour(points) {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (spread === 0 || points.length < 2) return null;
  return (points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread) * hourMs;
}

/**
 * Compares the first quarter of a run with its last, and looks at the straight line through all of it.
 *
 * @param samples in the order of time, the warm-up left out
 * @param figure `{ key, share, slack }`: it may grow by this share of the first median, and by `slack` of its unit
 * @returns what was found, with `isFlat`; null where no sample has the figure
 */
export function judgeFlatness(samples, { key, share, slack }) {
  const known = samples.filter((sample) => Number.isFinite(sample[key]));
  if (known.length < 4) return null;
  const quarter = Math.floor(known.length / 4);
  const first = summarize(known.slice(0, quarter).map((sample) => sample[key])).median;
  const last = summarize(known.slice(-quarter).map((sample) => sample[key])).median;
  const { min, max } = summarize(known.map((sample) => sample[key]));
  const allowed = first * share + slack;
  const slope = slopePerHour(known.map((sample) => [sample.atMs, sample[key]]));
  // What the line climbs while it was looked at: an hour that was not seen is not guessed at.
  const climb = (slope * (known.at(-1).atMs - known[0].atMs)) / hourMs;
  const isFlat = last - first <= allowed && climb <= allowed;
  return { key, first, last, min, max, slope_per_hour: slope, climb, allowed, isFlat };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
