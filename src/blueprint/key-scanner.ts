/** Where a key or an element of a list stands in TOML; offsets into the text. */
export interface KeySpot {
  /** Keys and indices joined by `pathOf`. */
  readonly path: string;
  readonly isHeader: boolean;
  readonly at: number;
  readonly valueAt: number;
  readonly end: number;
}

/** Keys hold no NUL, so that it can part them. */
export const pathOf = (keys: readonly (string | number)[]): string => keys.join("\0");

const deepest = 64;

/**
 * Finds every key of a TOML text, as the parser gives values without positions. It takes the
 * text for valid and never fails: on anything odd it goes on with the next character.
 */
export function scanKeys(text: string): KeySpot[] {
  return new KeyScanner(text).scan();
}

class KeyScanner {
  readonly #text: string;
  readonly #spots: KeySpot[] = [];
  /** Elements so far of each array of tables. */
  readonly #tables = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): KeySpot[] {
    let prefix: readonly (string | number)[] = [];
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      const start = this.#at;
      if (this.#char() === "[") prefix = this.#header();
      else this.#pair(prefix, 0);
      if (this.#at === start) this.#at += 1;
    }
    return this.#spots;
  }

  #header(): readonly (string | number)[] {
    const isArray = this.#text.startsWith("[[", this.#at);
    this.#at += isArray ? 2 : 1;
    this.#skipSpaces();
    const at = this.#at;
    const path = this.#place(this.#key(), isArray);
    while (this.#char() === "]") this.#at += 1;
    this.#spots.push({ path: pathOf(path), isHeader: true, at, valueAt: at, end: this.#at });
    return path;
  }

  /** A header's keys with the index of each array of tables on the way. */
  #place(keys: readonly string[], isArray: boolean): (string | number)[] {
    const path: (string | number)[] = [];
    keys.forEach((key, index) => {
      path.push(key);
      const name = pathOf(path);
      const count = this.#tables.get(name);
      if (isArray && index === keys.length - 1) {
        this.#tables.set(name, (count ?? 0) + 1);
        path.push(count ?? 0);
      } else if (count !== undefined) path.push(count - 1);
    });
    return path;
  }

  #pair(prefix: readonly (string | number)[], depth: number): void {
    const at = this.#at;
    const path = [...prefix, ...this.#key()];
    if (this.#char() !== "=") return;
    this.#at += 1;
    this.#value(path, at, depth);
  }

  #key(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skipSpaces();
      const first = this.#char();
      if (first === '"' || first === "'") keys.push(this.#quotedKey(first));
      else keys.push(this.#take(/[A-Za-z0-9_-]*/y));
      // No blueprint is that deep: what is below stands where this stands.
      if (keys.length > deepest) keys.pop();
      this.#skipSpaces();
      if (this.#char() !== ".") return keys;
      this.#at += 1;
    }
  }

  #quotedKey(quote: string): string {
    const start = this.#at;
    this.#string();
    const raw = this.#text.slice(start + 1, this.#at - 1);
    if (quote === "'" || !raw.includes("\\")) return raw;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      return raw;
    }
  }

  #value(path: readonly (string | number)[], keyAt: number, depth: number): void {
    this.#skipSpaces();
    const valueAt = this.#at;
    // Reserved before its elements, so that spots stand in the order of the text.
    const index = this.#spots.push({ path: pathOf(path), isHeader: false, at: keyAt, valueAt, end: valueAt }) - 1;
    const first = this.#char();
    if (first === '"' || first === "'") this.#string();
    else if (first === "[" && depth < deepest) this.#list(path, depth + 1);
    else if (first === "{" && depth < deepest) this.#table(path, depth + 1);
    else this.#take(/[^,\]}\n#]*/y);
    this.#spots[index] = { path: pathOf(path), isHeader: false, at: keyAt, valueAt, end: this.#at };
  }

  #list(path: readonly (string | number)[], depth: number): void {
    this.#at += 1;
    for (let index = 0; ; index += 1) {
      this.#skipBlank(",");
      if (this.#char() === "]" || this.#at >= this.#text.length) break;
      const start = this.#at;
      this.#value([...path, index], start, depth);
      if (this.#at === start) return;
    }
    this.#at += 1;
  }

  #table(path: readonly (string | number)[], depth: number): void {
    this.#at += 1;
    for (;;) {
      this.#skipBlank(",");
      if (this.#char() === "}" || this.#at >= this.#text.length) break;
      const start = this.#at;
      this.#pair(path, depth);
      if (this.#at === start) return;
    }
    this.#at += 1;
  }

  #string(): void {
    const quote = this.#char();
    const long = quote.repeat(3);
    if (this.#text.startsWith(long, this.#at)) {
      this.#longString(quote, long);
      return;
    }
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#char();
      if (char === "\\" && quote === '"') this.#at += 1;
      else if (char === "\n") return;
      else if (char === quote) break;
    }
    this.#at += 1;
  }

  #longString(quote: string, long: string): void {
    let end = this.#text.indexOf(long, this.#at + 3);
    while (quote === '"' && end > 0 && isEscaped(this.#text, end)) end = this.#text.indexOf(long, end + 1);
    this.#at = end < 0 ? this.#text.length : end + 3;
    // Up to two quotes may stand right before the closing three.
    while (end >= 0 && this.#char() === quote) this.#at += 1;
  }

  /** White space, comments and, in lists, the characters of `also`. */
  #skipBlank(also = ""): void {
    for (;;) {
      const char = this.#char();
      if (char === "#") this.#take(/[^\n]*/y);
      else if (char !== "" && (" \t\r\n\ufeff".includes(char) || also.includes(char))) this.#at += 1;
      else return;
    }
  }

  #skipSpaces(): void {
    while (this.#char() === " " || this.#char() === "\t") this.#at += 1;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #char(): string {
    return this.#text[this.#at] ?? "";
  }
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}
