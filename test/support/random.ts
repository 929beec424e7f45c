// Plain JavaScript, which the compiler is not to read: what asks for random work in a soak asks for it here.
const { chanceOf } = await import(new URL("../../scripts/soak/chance.mjs", import.meta.url).href);

/** The same numbers in [0, 1) for the same seed, so that a failure can be repeated. */
export const seededRandom: (seed: number) => () => number = chanceOf;
