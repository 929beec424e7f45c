// Figures out of samples. A measure is `{ id, title, unit, samples, floor?, target? }`, made by the
// benchmarks; `judge` adds what the table and the JSON show.

/** Median, least and most of some samples; null when there is none. */
export function summarize(samples) {
  if (samples.length === 0) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** The measure with its medians, its ratio to the floor, and `pass` or `over` where there is a target. */
export function judge(measure) {
  const { floor, target } = measure;
  const value = summarize(measure.samples);
  const below = floor ? summarize(floor.samples) : null;
  const ratio = value && below && below.median > 0 ? value.median / below.median : null;
  const judged = target?.of === "ratio" ? ratio : (value?.median ?? null);
  return {
    ...measure,
    ...value,
    ...(floor ? { floor: { ...floor, ...below } } : {}),
    ratio,
    verdict: target && judged !== null ? verdictOf(judged, target) : null,
  };
}

function verdictOf(figure, { atMost, atLeast }) {
  const isMet = (atMost === undefined || figure <= atMost) && (atLeast === undefined || figure >= atLeast);
  return isMet ? "pass" : "over";
}
