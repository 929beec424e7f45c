const piecesAtOnce = 256;

/** A text that comes in pieces: held as a few long strings, for a string of its own costs each piece more than its letters. */
export class JoinedText {
  #long: string[] = [];
  #short: string[] = [];

  add(piece: string): void {
    this.#short.push(piece);
    if (this.#short.length < piecesAtOnce) return;
    this.#long.push(this.#short.join(""));
    this.#short = [];
  }

  /** All so far; it begins anew. */
  take(): string {
    if (this.#short.length === 0 && this.#long.length === 0) return "";
    const text = [...this.#long, ...this.#short].join("");
    this.drop();
    return text;
  }

  drop(): void {
    this.#long = [];
    this.#short = [];
  }
}
