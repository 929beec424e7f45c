export interface Place {
  /** Counted from 1, as editors do. */
  readonly line: number;
  readonly column: number;
}

const header = /^\s*\[(\[?)\s*([^\]]+?)\s*\]/;
const assignment = /^(\s*)([A-Za-z0-9_"'.\s-]+?)\s*=/;

/**
 * Where each key of a TOML text stands, by its path: `grace`, `defaults.grace`, `hooks[0].run`. The
 * parser does not tell. What stands inside an inline table has the place of that table.
 */
export function placesOf(text: string): (path: string) => Place | undefined {
  const places = new Map<string, Place>();
  const counts = new Map<string, number>();
  let table = "";
  let fence: string | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const isInside: boolean = fence !== null;
    for (const [quotes] of line.matchAll(/"""|'''/g)) fence = fence === null ? quotes : fence === quotes ? null : fence;
    if (isInside) continue;
    const opened = header.exec(line);
    if (opened !== null) {
      table = unquoted(opened[2] ?? "");
      if (opened[1] === "[") {
        const place = counts.get(table) ?? 0;
        counts.set(table, place + 1);
        table = `${table}[${place}]`;
      }
      places.set(table, { line: index + 1, column: line.indexOf("[") + 1 });
      continue;
    }
    const [, indent = "", key] = assignment.exec(line) ?? [];
    if (key === undefined) continue;
    places.set(table === "" ? unquoted(key) : `${table}.${unquoted(key)}`, { line: index + 1, column: indent.length + 1 });
  }
  return (path) => nearest(places, path);
}

function nearest(places: ReadonlyMap<string, Place>, path: string): Place | undefined {
  for (let rest = path; rest !== ""; rest = rest.replace(/(?:\.|\[)[^.[]*$|^[^.[]*$/, "")) {
    const place = places.get(rest);
    if (place !== undefined) return place;
  }
  return undefined;
}

const unquoted = (key: string): string =>
  key
    .split(".")
    .map((part) => part.trim().replaceAll(/^["']|["']$/g, ""))
    .join(".");
