// Chance that can be repeated: mulberry32, so that two runs with one seed ask for the same work.

/** @returns {() => number} from 0 to below 1 */
export function chanceOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of `[weight, value]` pairs. */
export function pick(chance, weighted) {
  const total = weighted.reduce((sum, [weight]) => sum + weight, 0);
  let left = chance() * total;
  for (const [weight, value] of weighted) {
    left -= weight;
    if (left < 0) return value;
  }
  return weighted.at(-1)[1];
}
