/** A glob of `*`, `?` and commas between alternatives as a pattern for event types. */
export function globPattern(glob: string): RegExp {
  const alternatives = glob.split(",").map((part) =>
    part
      .trim()
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", "."),
  );
  return new RegExp(`^(?:${alternatives.join("|")})$`);
}
