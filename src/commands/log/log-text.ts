import type { LogEvent } from "../../protocol/messages.ts";

// A reply is one JSON text; streams have no limit.
const longestReply = 8 * 1024 * 1024;

/** Log events as one text of at most 8 MiB: the last of it. */
export class LogText {
  readonly #limit: number;
  #parts: string[] = [];
  #first = 0;
  #bytes = 0;
  #dropped = 0;
  #isAtLineStart = true;

  constructor(limit: number = longestReply) {
    this.#limit = limit;
  }

  add(event: Pick<LogEvent, "text" | "marker">): void {
    if (event.marker && !this.#isAtLineStart) this.#push("\n");
    if (event.text === "") return;
    this.#push(event.text);
    this.#isAtLineStart = event.text.endsWith("\n");
  }

  /** A line of its own, such as `=== name (id) ===`. */
  addLine(text: string): void {
    this.add({ text: `${text}\n`, marker: true });
  }

  /** Bytes that were left out at the front. */
  get dropped(): number {
    return this.#dropped;
  }

  get text(): string {
    return this.#parts.slice(this.#first).join("");
  }

  /** With what was left out said in a first line. */
  toString(): string {
    return this.#dropped === 0 ? this.text : `--- ${this.#dropped} bytes of older output not shown ---\n${this.text}`;
  }

  #push(text: string): void {
    this.#parts.push(text);
    this.#bytes += Buffer.byteLength(text);
    while (this.#bytes > this.#limit && this.#first < this.#parts.length) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = Buffer.from(this.#parts[this.#first] ?? "");
    const excess = Math.min(oldest.length, this.#bytes - this.#limit);
    const newline = oldest.indexOf(10, excess - 1);
    // Up to a line's start where there is one; inside a huge line up to a character's.
    let cut = newline === -1 || newline === oldest.length - 1 ? oldest.length : newline + 1;
    if (cut === oldest.length && this.#parts.length - this.#first === 1) {
      cut = excess;
      while (cut < oldest.length && ((oldest[cut] ?? 0) & 0xc0) === 0x80) cut += 1;
    }
    this.#dropped += cut;
    this.#bytes -= cut;
    if (cut < oldest.length) {
      this.#parts[this.#first] = oldest.subarray(cut).toString();
      return;
    }
    this.#parts[this.#first] = "";
    this.#first += 1;
  }
}
