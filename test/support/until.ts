const stepMs = 20;

/**
 * Waits until `look` answers something else than undefined, null or false, and answers that.
 *
 * @param what completes the sentence "still waiting for ..."; the last thing seen follows it
 * @throws Error after `timeoutMs`, with what `look` (or `seen`) last showed
 */
export async function until<Found>(
  what: string,
  look: () => Found | Promise<Found>,
  { timeoutMs = 30_000, seen }: { timeoutMs?: number; seen?: () => unknown } = {},
): Promise<NonNullable<Exclude<Found, false>>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<Found, false>>;
      last = found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`still waiting for ${what}; last seen: ${show(seen ? seen() : last)}`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}

function show(value: unknown): string {
  if (value instanceof Error) return value.message;
  return (JSON.stringify(value) ?? String(value)).slice(0, 2000);
}
