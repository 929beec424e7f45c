/**
 * The word of `known` that `word` was probably meant to be, or undefined: one that it abbreviates (`cmd` for
 * `command`), one of which at most a third of its letters differ, or one that it begins (`shut` for `shutdown`).
 */
export function nearestWord(word: string, words: Iterable<string>): string | undefined {
  const known = [...words];
  const whole = known.filter((candidate) => isShortFor(word, candidate)).sort((a, b) => a.length - b.length)[0];
  return whole ?? nearestByDistance(word, known) ?? known.find((candidate) => word.length >= 3 && candidate.startsWith(word));
}

/** The first and the last letter are the same, and those between come in the same order. */
function isShortFor(word: string, whole: string): boolean {
  if (word.length < 3 || word.length >= whole.length) return false;
  if (word[0] !== whole[0] || word.at(-1) !== whole.at(-1)) return false;
  let at = 0;
  for (const letter of whole) if (letter === word[at]) at += 1;
  return at === word.length;
}

function nearestByDistance(word: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Math.floor(word.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Damerau-Levenshtein (optimal string alignment): insert, delete, replace, swap neighbours. */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= right.length; column += 1) {
      const replace = at(row - 1, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        replace,
        isSwap ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(left.length, right.length);
}
