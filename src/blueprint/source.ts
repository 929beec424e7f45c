import { parse, TomlError } from "smol-toml";
import { type KeySpot, pathOf, scanKeys } from "./key-scanner.ts";
import { blueprintInvalid, type Place, type Problem } from "./problems.ts";

export type Path = readonly (string | number)[];

/** A text within a value: the `nth` time, from 0, that it stands there. */
export interface Needle {
  readonly text: string;
  readonly nth?: number;
}

/** Bytes that one file may have. */
export const longestFile = 1024 * 1024;
/** How deep lists and tables may stand in each other; the format itself needs four. */
const deepestNesting = 16;
// The parser takes seconds for a key of a hundred thousand parts.
const longKey = /(?<![\w.-])[\w-]+(?:[ \t]*\.[ \t]*[\w-]+){16,}[ \t]*[=\]]/;

/** The text of one file of a blueprint, and where in it things stand. */
export class Source {
  readonly file: string;
  readonly text: string;
  #spots: Map<string, KeySpot> | undefined;
  #lineStarts: number[] | undefined;

  /** @param file the path as messages show it */
  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /**
   * The text as plain tables.
   *
   * @throws OvermindError blueprint_invalid naming line and column
   */
  parse(): Record<string, unknown> {
    const bytes = Buffer.byteLength(this.text);
    if (bytes > longestFile) throw this.#refused(0, `the file has ${bytes} bytes; a blueprint has at most ${longestFile}`);
    const long = longKey.exec(this.text);
    if (long !== null) throw this.#refused(long.index, `a key has more than ${deepestNesting} parts`);
    try {
      return parse(this.text, { maxDepth: deepestNesting });
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      throw blueprintInvalid([this.#tomlProblem(error)]);
    }
  }

  /** Where the key stands, or the nearest key around it. With `needle`: where that text stands in its value. */
  place(path: Path, needle?: Needle): Place {
    for (let length = path.length; length > 0; length -= 1) {
      const spot = this.#index().get(pathOf(path.slice(0, length)));
      if (spot !== undefined) return this.#placeAt(this.#needleIn(spot, needle));
    }
    return this.#placeAt(0);
  }

  problem(message: string, path: Path, needle?: Needle): Problem {
    return { message, ...this.place(path, needle) };
  }

  #needleIn(spot: KeySpot, needle: Needle | undefined): number {
    if (needle === undefined) return spot.at;
    let found = this.text.indexOf(needle.text, spot.valueAt);
    for (let nth = needle.nth ?? 0; nth > 0 && found >= 0; nth -= 1) found = this.text.indexOf(needle.text, found + 1);
    return found >= 0 && found < spot.end ? found : spot.at;
  }

  #index(): Map<string, KeySpot> {
    if (this.#spots === undefined) {
      this.#spots = new Map();
      const spots = scanKeys(this.text);
      for (const spot of spots) if (!this.#spots.has(spot.path)) this.#spots.set(spot.path, spot);
      // `[agents.a]` is also where `agents` stands, when nothing else says it.
      for (const spot of spots) {
        const parent = spot.path.slice(0, Math.max(0, spot.path.indexOf("\0")));
        if (spot.isHeader && parent !== "" && !this.#spots.has(parent)) this.#spots.set(parent, spot);
      }
    }
    return this.#spots;
  }

  #placeAt(offset: number): Place {
    this.#lineStarts ??= [0, ...[...this.text.matchAll(/\n/g)].map((found) => found.index + 1)];
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #tomlProblem(error: TomlError): Problem {
    const what = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "") ?? "";
    if (what.includes("already defined")) return this.#duplicate() ?? this.#at(error, what);
    if (/nest|depth/i.test(what)) return this.#at(error, `lists and tables stand deeper than ${deepestNesting} in each other`);
    return this.#at(error, `invalid TOML: ${what}`);
  }

  #at(error: TomlError, message: string): Problem {
    return { message, file: this.file, line: error.line, column: error.column };
  }

  #duplicate(): Problem | undefined {
    const first = new Map<string, KeySpot>();
    for (const spot of scanKeys(this.text)) {
      const before = first.get(spot.path);
      if (before === undefined) first.set(spot.path, spot);
      else {
        const name = spot.path.replaceAll("\0", ".");
        return { message: `${name} is defined twice, first in line ${this.#placeAt(before.at).line}`, ...this.#placeAt(spot.at) };
      }
    }
    return undefined;
  }

  #refused(offset: number, message: string) {
    return blueprintInvalid([{ message, ...this.#placeAt(offset) }]);
  }
}
