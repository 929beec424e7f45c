/** Whether version `a` (`1.2.3`) comes before `b`; what follows a `-` does not count. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split("-")[0]?.split(".").map(Number) ?? []);
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
