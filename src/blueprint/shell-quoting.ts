/** A part of a shell line that reaches its program as it stands: the shell expands nothing in it. */
export interface Verbatim {
  readonly from: number;
  /** Behind its last character. */
  readonly to: number;
  readonly by: "single_quotes" | "here_document";
  /** The program is a shell itself, which expands what the first one left alone. */
  readonly isScript: boolean;
}

/**
 * The parts of a shell line between single quotes, and the here-documents whose end word is quoted.
 * It reads what sh reads: quotes in each other, comments, `$(…)`, backquotes, `${…}`, `case`.
 */
export const verbatimParts = (line: string): readonly Verbatim[] => new Scan(line).parts();

interface HereDocument {
  readonly word: string;
  readonly isQuoted: boolean;
  /** `<<-`: tabs before a line do not count. */
  readonly mayIndent: boolean;
  readonly isScript: boolean;
}

/** What stands around the present character; the innermost is last. */
type Frame =
  | { readonly is: "double" }
  | { readonly is: "brace"; readonly isQuoted: boolean }
  | { readonly is: "sum"; parens: number }
  | Code;

interface Code {
  readonly is: "code";
  readonly closedBy: ")" | "`" | null;
  parens: number;
  cases: number;
  command: Command;
  /** Where the present word began; null between words. */
  wordAt: number | null;
  pending: HereDocument[];
}

/** What is known of a simple command from its words so far. */
interface Command {
  /** It has none, or only such as `do`, behind which a command begins. */
  isFresh: boolean;
  hasShell: boolean;
  hasEval: boolean;
  lastWord: string;
}

const fresh = (): Command => ({ isFresh: true, hasShell: false, hasEval: false, lastWord: "" });

const code = (closedBy: Code["closedBy"]): Code => ({
  is: "code",
  closedBy,
  parens: 0,
  cases: 0,
  command: fresh(),
  wordAt: null,
  pending: [],
});

/** Words behind which a command begins. */
const opening = new Set(["if", "then", "elif", "else", "while", "until", "do", "{", "!"]);
const hereWord = /<<(-?)[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|<>()'"\\])+)/y;
const shell = /^(?:[^\n]*\/)?(?:a|ba|da|fi|k|mk|z)?sh$/;
const pipedToShell = /\|[ \t]*(?:[\w.-]*\/)*(?:a|ba|da|fi|k|mk|z)?sh(?![\w.-])/;
/** How far a pipe to a shell is looked for. */
const farthestPipe = 200;

class Scan {
  readonly #line: string;
  readonly #found: Verbatim[] = [];
  readonly #frames: Frame[] = [code(null)];
  /** The frame of backquotes that are open; they do not stand in each other. */
  #backquotes: number | null = null;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  parts(): readonly Verbatim[] {
    while (this.#at < this.#line.length) {
      const frame = this.#frames.at(-1) as Frame;
      const letter = this.#line[this.#at] as string;
      if (letter === "\\") this.#step(frame, 2);
      else if (!this.#opens(frame, letter) && !this.#closes(frame, letter)) this.#plain(frame, letter);
    }
    return this.#found;
  }

  #step(frame: Frame, length: number): void {
    if (frame.is === "code") frame.wordAt ??= this.#at;
    this.#at += length;
  }

  #enter(frame: Frame, inner: Frame, length: number): true {
    this.#step(frame, length);
    this.#frames.push(inner);
    return true;
  }

  /** What begins something in quotes, braces or a command of its own. */
  #opens(frame: Frame, letter: string): boolean {
    const isQuoted = frame.is === "double" || (frame.is === "brace" && frame.isQuoted);
    if (letter === "$") {
      if (this.#line.startsWith("$((", this.#at)) return this.#enter(frame, { is: "sum", parens: 0 }, 3);
      if (this.#line.startsWith("$(", this.#at)) return this.#enter(frame, code(")"), 2);
      if (this.#line.startsWith("${", this.#at)) return this.#enter(frame, { is: "brace", isQuoted }, 2);
    }
    if (letter === '"' && frame.is !== "double") return this.#enter(frame, { is: "double" }, 1);
    if (letter === "`" && this.#backquotes === null) {
      this.#backquotes = this.#frames.length;
      return this.#enter(frame, code("`"), 1);
    }
    if (letter !== "'" || isQuoted || frame.is === "sum") return false;
    this.#singleQuotes(frame);
    return true;
  }

  #singleQuotes(frame: Frame): void {
    const from = this.#at + 1;
    const end = this.#line.indexOf("'", from);
    const to = end < 0 ? this.#line.length : end;
    const isScript = (frame.is === "code" && takesScript(frame.command)) || this.#isPipedToShell(to + 1);
    this.#found.push({ from, to, by: "single_quotes", isScript });
    this.#step(frame, to + 1 - this.#at);
  }

  #closes(frame: Frame, letter: string): boolean {
    if (letter === "`" && this.#backquotes !== null) {
      this.#frames.splice(this.#backquotes);
      this.#backquotes = null;
    } else if (frame.is === "double" && letter === '"') this.#frames.pop();
    else if (frame.is === "brace" && letter === "}") this.#frames.pop();
    else if (frame.is === "sum" && frame.parens === 0 && this.#line.startsWith("))", this.#at)) {
      this.#frames.pop();
      this.#at += 1;
    } else if (frame.is === "code" && frame.closedBy === ")" && letter === ")" && this.#isEnd(frame)) this.#frames.pop();
    else return false;
    this.#at += 1;
    return true;
  }

  /** Whether a `)` closes the command, and not brackets in it or a pattern of a `case`. */
  #isEnd(frame: Code): boolean {
    this.#endWord(frame);
    return frame.parens === 0 && frame.cases === 0;
  }

  #plain(frame: Frame, letter: string): void {
    if (frame.is === "sum") frame.parens += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (frame.is !== "code") this.#at += 1;
    else if (letter === "#" && frame.wordAt === null) this.#at = this.#endOfLine(this.#at);
    else if (letter === "\n") this.#newLine(frame);
    else if (letter === "<" && this.#hereDocument(frame)) return;
    else if (/[\s;&|()<>]/.test(letter)) this.#between(frame, letter);
    else this.#step(frame, 1);
  }

  #between(frame: Code, letter: string): void {
    this.#endWord(frame);
    if (letter === "(") frame.parens += 1;
    if (letter === ")" && frame.parens > 0) frame.parens -= 1;
    if (/[;&|()]/.test(letter)) frame.command = fresh();
    this.#at += 1;
  }

  #endWord(frame: Code): void {
    if (frame.wordAt === null) return;
    const word = this.#line.slice(frame.wordAt, this.#at).replace(/['"\\]/g, "");
    frame.wordAt = null;
    const { command } = frame;
    if (word === "case" && command.isFresh) frame.cases += 1;
    if (word === "esac" && frame.cases > 0) frame.cases -= 1;
    command.isFresh &&= opening.has(word);
    command.hasShell ||= shell.test(word);
    command.hasEval ||= word === "eval" || word === "trap";
    command.lastWord = word;
  }

  #hereDocument(frame: Code): boolean {
    // `<<<` hands on a word, not lines.
    if (this.#line.startsWith("<<<", this.#at)) {
      this.#endWord(frame);
      this.#at += 3;
      return true;
    }
    hereWord.lastIndex = this.#at;
    const [shown, indent, word = ""] = hereWord.exec(this.#line) ?? [];
    if (shown === undefined) return false;
    this.#endWord(frame);
    this.#at += shown.length;
    frame.pending.push({
      word: word.replace(/['"\\]/g, ""),
      isQuoted: /['"\\]/.test(word),
      mayIndent: indent === "-",
      isScript: frame.command.hasShell || this.#isPipedToShell(this.#at),
    });
    return true;
  }

  #newLine(frame: Code): void {
    this.#endWord(frame);
    frame.command = fresh();
    this.#at += 1;
    for (const { word, isQuoted, mayIndent, isScript } of frame.pending.splice(0)) {
      const from = this.#at;
      const to = this.#skipTo(word, mayIndent);
      if (isQuoted) this.#found.push({ from, to, by: "here_document", isScript });
    }
  }

  /** Goes behind the line that is `word`, and answers where that line begins. */
  #skipTo(word: string, mayIndent: boolean): number {
    while (this.#at < this.#line.length) {
      const from = this.#at;
      const end = this.#endOfLine(from);
      this.#at = Math.min(end + 1, this.#line.length);
      const text = this.#line.slice(from, end);
      if ((mayIndent ? text.replace(/^\t+/, "") : text) === word) return from;
    }
    return this.#at;
  }

  /** Whether the rest of this line hands on to a shell what is printed. */
  #isPipedToShell(from: number): boolean {
    const [rest = ""] = this.#line.slice(from, from + farthestPipe).split("\n", 1);
    return pipedToShell.test(rest);
  }

  #endOfLine(from: number): number {
    const end = this.#line.indexOf("\n", from);
    return end < 0 ? this.#line.length : end;
  }
}

/** Whether the next word is a script for a shell: `sh -c`, `bash -ec`, `eval`, `trap`. */
const takesScript = ({ hasEval, hasShell, lastWord }: Command): boolean =>
  hasEval || (hasShell && /^-[A-Za-z]*c$/.test(lastWord));
