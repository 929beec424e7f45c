const escapeCharacter = "\u001b";

// Escape sequences of ECMA-48 and xterm: CSI, the string kinds (OSC, DCS, SOS, PM, APC; each ended by BEL or ST,
// else by the line), charsets and the other two-letter ones, and single-character C1 codes.
const sequence = new RegExp(
  [
    `(?:${escapeCharacter}\\[|\\u009b)([0-9:;<=>?]*)[ -/]*([@-~])`,
    `(?:${escapeCharacter}[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])(?:(?!${escapeCharacter}\\\\)[^\\u0007\\u009c])*(?:\\u0007|\\u009c|${escapeCharacter}\\\\|$)`,
    `${escapeCharacter}(?:\\[[0-9:;<=>? -/]*)?$`,
    `${escapeCharacter}[ -/]*[0-~]`,
  ].join("|"),
  "gu",
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/u;
// Beyond what any screen shows: a program may ask for any number.
const widest = 1000;

/**
 * What a line that was printed on a terminal says, as plain text: without escape sequences, and with what was
 * written over what (carriage return, backspace, erasing, moving within the line). Where a program moves to
 * another row, a new line begins. A pure function of one line; neither it nor its answer has a newline at its end.
 */
export function terminalText(line: string): string {
  const whole = line.replace(/\r+$/, "");
  if (!control.test(whole)) return whole;
  const paper = new Paper();
  let at = 0;
  for (const match of whole.matchAll(sequence)) {
    paper.print(whole.slice(at, match.index));
    at = match.index + match[0].length;
    const [, parameters, final] = match;
    if (final !== undefined) paper.obey(final, parameters ?? "");
  }
  paper.print(whole.slice(at));
  return paper.text();
}

/** Every line of a text; its last one may lack the newline. */
export function terminalLines(text: string): string {
  return text.split("\n").map(terminalText).join("\n");
}

/** One row of a screen, and the rows that were left behind. */
class Paper {
  readonly #rows: string[] = [];
  #cells: string[] = [];
  #column = 0;

  print(text: string): void {
    if (!control.test(text)) {
      for (const character of text) this.#put(character);
      return;
    }
    for (const character of text) {
      if (character === "\r") this.#column = 0;
      else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
      else if (character === "\v" || character === "\f") this.#leave(this.#column);
      else if (character === "\t" || !control.test(character)) this.#put(character);
    }
  }

  /** Carries out a control sequence, as far as it concerns what can be read. */
  obey(final: string, parameters: string): void {
    const [first = 0, second = 0] = parameters.split(";").map((word) => Math.min(widest, Number.parseInt(word, 10) || 0));
    const count = Math.max(1, first);
    switch (final) {
      case "C":
        this.#column = Math.min(widest, this.#column + count);
        break;
      case "D":
        this.#column = Math.max(0, this.#column - count);
        break;
      case "G":
      case "`":
        this.#column = count - 1;
        break;
      case "K":
        this.#erase(first);
        break;
      case "X":
        for (let column = this.#column; column < Math.min(this.#cells.length, this.#column + count); column += 1)
          this.#cells[column] = " ";
        break;
      case "P":
        this.#cells.splice(this.#column, count);
        break;
      case "J":
        if (first === 0) this.#erase(0);
        else this.#leave(this.#column);
        break;
      case "H":
      case "f":
        this.#leave(Math.max(1, second) - 1);
        break;
      case "E":
      case "F":
        this.#leave(0);
        break;
      case "A":
      case "B":
      case "d":
        this.#leave(this.#column);
        break;
      default:
        break;
    }
  }

  text(): string {
    const last = this.#row();
    return last === "" && this.#rows.length > 0 ? this.#rows.join("\n") : [...this.#rows, last].join("\n");
  }

  #put(character: string): void {
    while (this.#cells.length < this.#column) this.#cells.push(" ");
    this.#cells[this.#column] = character;
    this.#column += 1;
  }

  /** EL: to the end, to the begin, or all. */
  #erase(what: number): void {
    if (what === 0) this.#cells.length = Math.min(this.#cells.length, this.#column);
    else if (what === 2) this.#cells = [];
    else for (let column = 0; column < Math.min(this.#cells.length, this.#column + 1); column += 1) this.#cells[column] = " ";
  }

  #leave(column: number): void {
    const row = this.#row();
    if (row !== "") this.#rows.push(row);
    this.#cells = [];
    this.#column = column;
  }

  #row(): string {
    return this.#cells.join("").trimEnd();
  }
}
