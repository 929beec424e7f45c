type Value = string | number | boolean;

/** Every combination of a matrix, the last axis turning fastest. */
export function combinationsOf(matrix: Readonly<Record<string, readonly Value[]>>): Readonly<Record<string, Value>>[] {
  return Object.entries(matrix).reduce<Record<string, Value>[]>(
    (made, [axis, values]) => made.flatMap((combination) => values.map((value) => ({ ...combination, [axis]: value }))),
    [{}],
  );
}
