import type { LogEvent } from "../../protocol/messages.ts";
import type { Screen } from "../command-line-context.ts";

export interface PrinterOptions {
  readonly timestamps: boolean;
  readonly json: boolean;
  /** `name | ` before each line, where several missions share the screen. */
  readonly prefix?: string;
}

/** Writes one mission's log to the screen, readable or as NDJSON. */
export class LogPrinter {
  readonly #screen: Screen;
  readonly #options: PrinterOptions;
  #isAtLineStart = true;

  constructor(screen: Screen, options: PrinterOptions) {
    this.#screen = screen;
    this.#options = options;
  }

  async print(event: LogEvent): Promise<void> {
    if (this.#options.json) return this.#screen.line(JSON.stringify(event));
    if (event.text === "") return;
    const before = event.marker && !this.#isAtLineStart ? "\n" : "";
    const text = this.#lineStart(event);
    const isWithinLine = !this.#isAtLineStart && before === "";
    this.#isAtLineStart = event.text.endsWith("\n");
    return this.#screen.write(before + (text === "" ? event.text : prefixed(event.text, text, isWithinLine)));
  }

  /** Ends an unfinished last line, so that what follows begins on its own. */
  async endLine(): Promise<void> {
    if (this.#isAtLineStart || this.#options.json) return;
    this.#isAtLineStart = true;
    await this.#screen.write("\n");
  }

  #lineStart(event: LogEvent): string {
    const time = this.#options.timestamps ? `${event.approximate ? "~" : ""}${event.time ?? "-"} ` : "";
    return (this.#options.prefix ?? "") + time;
  }
}

/** `text` with `prefix` at the start of each of its lines. */
export function prefixed(text: string, prefix: string, isWithinLine: boolean): string {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  if (last !== "") lines.push(last);
  const joined = lines.map((line, index) => (index === 0 && isWithinLine ? line : prefix + line)).join("\n");
  return last === "" ? `${joined}\n` : joined;
}
