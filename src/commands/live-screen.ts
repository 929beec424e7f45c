import type { CommandLineContext } from "./command-line-context.ts";

const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const clearLine = "\u001b[K";
const clearBelow = "\u001b[J";
const interruptKey = "\u0003";

/**
 * A terminal's screen that is drawn again and again, until `q`, Ctrl-C or a signal. What was on the
 * terminal before comes back afterwards, however this process ends.
 */
export class LiveScreen {
  readonly #context: CommandLineContext;
  readonly #quit: () => void;
  readonly #onKey = (bytes: Buffer): void => {
    const keys = bytes.toString("latin1");
    if (keys.includes("q") || keys.includes("Q") || keys.includes(interruptKey)) this.#quit();
  };
  readonly #onSignal = (): void => this.#quit();
  readonly #onExit = (): void => this.#restore();
  #isOpen = false;

  /** @param quit called when the person wants to leave; perhaps more than once */
  constructor(context: CommandLineContext, quit: () => void) {
    this.#context = context;
    this.#quit = quit;
  }

  async open(): Promise<void> {
    this.#isOpen = true;
    process.on("exit", this.#onExit);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.#onSignal);
    const { stdin, screen } = this.#context;
    if (stdin.isTTY) {
      stdin.setRawMode(true);
      stdin.on("data", this.#onKey);
      stdin.resume();
    }
    await screen.write(enter);
  }

  /** Draws `text` over what was shown; lines have to fit. */
  async show(text: string): Promise<void> {
    if (!this.#isOpen) return;
    const lines = text.split("\n").map((line) => line + clearLine);
    await this.#context.screen.write(home + lines.join("\r\n") + clearBelow);
  }

  close(): void {
    this.#restore();
    process.removeListener("exit", this.#onExit);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeListener(signal, this.#onSignal);
  }

  #restore(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { stdin, screen } = this.#context;
    void screen.write(leave);
    if (!stdin.isTTY) return;
    stdin.removeListener("data", this.#onKey);
    stdin.setRawMode(false);
    stdin.pause();
  }
}
