/**
 * Whether a glob of `*` (any characters) and `?` (one) stands for the whole text. In time of length
 * times length, whatever the pattern: the text is an agent's.
 *
 * @param isLiteral which places of the text only a character of the glob itself may stand for; none by default
 */
export function matchesGlob(glob: string, text: string, isLiteral: (index: number) => boolean = () => false): boolean {
  let reached = afterStars(glob, new Set([0]));
  for (let index = 0; index < text.length && reached.size > 0; index += 1) {
    const next = new Set<number>();
    for (const place of reached) {
      const wanted = glob[place];
      const isWild = wanted === "*" || wanted === "?";
      if (wanted === undefined || (isWild && isLiteral(index))) continue;
      if (wanted === "*") next.add(place);
      else if (wanted === "?" || wanted === text[index]) next.add(place + 1);
    }
    reached = afterStars(glob, next);
  }
  return reached.has(glob.length);
}

/** Whether one of several globs, with commas between them, stands for the whole text. */
export function matchesAnyGlob(globs: string, text: string): boolean {
  return globs.split(",").some((glob) => matchesGlob(glob.trim(), text));
}

/** A star also stands for nothing. */
function afterStars(glob: string, places: Set<number>): Set<number> {
  for (const place of places) if (glob[place] === "*") places.add(place + 1);
  return places;
}
