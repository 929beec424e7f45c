import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { OvermindError } from "../base/errors.ts";
import type { AttemptPaths } from "../base/paths.ts";
import { Alarm } from "./alarm.ts";
import type { RunnerLog } from "./log.ts";
import { perlPath } from "./perl-path.ts";
import { holderText, recorderText } from "./terminal.perl.ts";
import { type Tmux, terminalType } from "./tmux.ts";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the shim is told of a terminal. */
export interface OpenTerminal {
  /** The device. */
  readonly path: string;
  /** The agent's TERM. */
  readonly type: string;
  /** The word of the mark that ends what is recorded. */
  readonly mark: string;
}

/** What a terminal shows. */
export interface TerminalScreen extends TerminalSize {
  /** From 0. */
  readonly cursor: { readonly column: number; readonly row: number };
  readonly text: string;
}

export interface TerminalKey {
  readonly mission: string;
  readonly attempt: number;
  readonly paths: AttemptPaths;
}

export interface TerminalOwner {
  readonly tmux: Tmux;
  readonly clock: Clock;
  readonly log: RunnerLog;
  /** FIFO through which the recorder tells that it is done. */
  readonly facts: string;
  /** Ends what is left of the terminal. */
  release(terminal: Terminal): Promise<void>;
}

// A server that was just told to end still answers for a moment.
const retries = 40;
const retryMs = 50;
// Programs tell typed from pasted text by its pace: an Enter right behind a text is a part of it.
const enterAfterMs = 300;
const lookEveryMs = 500;
// So many looks without growth: then tmux has nothing more, then the recorder.
const looksUntilEnd = 3;
const looksUntilGivenUp = 10;

const prctl: Readonly<Record<string, number>> = { x64: 157, arm64: 167 };

/** The terminal of one attempt: a session of the home's tmux server. */
export class Terminal {
  readonly key: TerminalKey;
  /** Name of its session. */
  readonly session: string;
  readonly #owner: TerminalOwner;
  readonly #alarm: Alarm;
  #isOpen: boolean;
  #ended: Promise<void> | null = null;
  #typed: Promise<unknown> = Promise.resolve();

  /** @param isOpen whether a former daemon opened it */
  constructor(owner: TerminalOwner, key: TerminalKey, isOpen: boolean) {
    this.#owner = owner;
    this.key = key;
    this.session = `${key.mission}-${key.attempt}`;
    this.#isOpen = isOpen;
    this.#alarm = new Alarm(owner.clock);
  }

  /** Makes the terminal, with its recorder in place. Throws what tmux says. */
  async open(size: TerminalSize): Promise<OpenTerminal> {
    const mark = randomBytes(12).toString("hex");
    const type = terminalType();
    this.#isOpen = true;
    const words = openingWords(this.session, size, type, recorderCommand(this.key, this.#owner.facts, mark));
    for (let tried = 1; ; tried += 1) {
      try {
        return { path: deviceOf(await this.#owner.tmux.run(words)), type, mark };
      } catch (error) {
        const { message } = error as Error;
        if (tried > retries || !/server exited|lost server|error connecting|duplicate session/.test(message)) throw error;
        // Of a daemon that died before it could start the attempt.
        if (message.includes("duplicate session")) await this.#quietly(["kill-session", "-t", this.#target]);
        else await this.#pause(retryMs);
      }
    }
  }

  /** The recorder told that everything is written. */
  recorded(): void {
    this.#alarm.ring();
  }

  /** Resolves when all that was printed is on disk, nobody is attached and nothing is left. To be called after the end. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /**
   * Types a text and Enter.
   *
   * @throws OvermindError exited where the terminal is gone
   */
  async type(text: string): Promise<void> {
    const typed = this.#typed.then(async () => {
      if (text === "") return this.#put("\r");
      await this.#put(text);
      await this.#pause(enterAfterMs);
      // A program may end at its first key.
      await this.#put("\r").catch(unlessGone);
    });
    this.#typed = typed.catch(() => undefined);
    await typed;
  }

  /** @throws OvermindError exited where the terminal is gone */
  async screen(): Promise<TerminalScreen> {
    const format = "#{pane_width} #{pane_height} #{cursor_x} #{cursor_y}";
    const target = ["-p", "-t", this.#target];
    const answer = await this.#ask(["display-message", ...target, format, ";", "capture-pane", ...target]);
    const at = answer.indexOf("\n");
    if (at === -1) throw new OvermindError("exited");
    const [columns = 0, rows = 0, column = 0, row = 0] = answer.slice(0, at).split(" ").map(Number);
    return { columns, rows, cursor: { column, row }, text: answer.slice(at + 1) };
  }

  /**
   * Lets go of every client that is attached.
   *
   * @throws OvermindError exited where the terminal is gone
   */
  async detachClients(): Promise<void> {
    await this.#ask(["detach-client", "-s", `=${this.session}`]).catch((error) => {
      if (!/no current client/.test((error as Error).message)) throw error;
    });
  }

  get #target(): string {
    return `=${this.session}:`;
  }

  /** Through the server's memory, not its command line, which everybody may read. */
  async #put(text: string): Promise<void> {
    const buffer = `type-${this.session}`;
    // A program that can tell is told that several lines are one text.
    const bracketed = text.includes("\n") ? ["-p"] : [];
    const paste = ["paste-buffer", "-d", ...bracketed, "-b", buffer, "-t", this.#target];
    await this.#ask(["load-buffer", "-b", buffer, "-", ";", ...paste], Buffer.from(text));
  }

  async #end(): Promise<void> {
    const { output, recorded } = this.key.paths;
    const size = () => statSync(output, { throwIfNoEntry: false })?.size ?? 0;
    let before = size();
    for (let still = 0; this.#isOpen && still < looksUntilGivenUp && !existsSync(recorded); still += 1) {
      await this.#alarm.wait(lookEveryMs);
      if (size() > before) still = 0;
      before = size();
      // What lost its shim is ended by nobody else.
      if (still === looksUntilEnd) await this.#quietly(["kill-session", "-t", `=${this.session}`]);
    }
    if (this.#isOpen && !existsSync(recorded))
      this.#owner.log.warn({ terminal: this.session }, "the recorder of a terminal did not end: output may be missing");
    await this.#owner.release(this);
  }

  async #ask(words: readonly string[], input?: Buffer): Promise<string> {
    try {
      return await this.#owner.tmux.run(words, input);
    } catch (error) {
      const isGone = /no server running|can't find|error connecting|lost server|server exited/.test((error as Error).message);
      throw isGone ? new OvermindError("exited", undefined, { cause: error }) : error;
    }
  }

  async #quietly(words: readonly string[]): Promise<void> {
    await this.#owner.tmux.run(words).catch(() => undefined);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#owner.clock.after(ms, resolve);
    });
  }
}

/** A server that is about to end may answer nothing and call it success. */
function deviceOf(answer: string): string {
  const device = answer.trim();
  if (!device.startsWith("/dev/")) throw new OvermindError("internal", "tmux: server exited before it answered");
  return device;
}

function unlessGone(error: unknown): void {
  if (!(error instanceof OvermindError) || error.code !== "exited") throw error;
}

function openingWords(session: string, { columns, rows }: TerminalSize, type: string, recorder: string): string[] {
  const target = `=${session}:`;
  const isLast = "#{==:#{session_attached},0}";
  const restore = `if-shell -F -t "${target}" "${isLast}" "resize-window -t '${target}' -x ${columns} -y ${rows}"`;
  const follow = `set-option -w -t "${target}" window-size latest`;
  const holder = [perlPath(), "-e", holderText, String(prctl[process.arch] ?? 0)];
  const commands = [
    ["start-server"],
    // Whoever watches decides when the server goes: one that goes by itself meets the next session half-way.
    ["set-option", "-s", "exit-empty", "off"],
    ["set-option", "-s", "escape-time", "20"],
    ["set-option", "-s", "default-terminal", type],
    ["set-option", "-g", "status", "off"],
    ["set-option", "-g", "history-limit", "10000"],
    // Who attaches leaves nothing of their environment behind.
    ["set-option", "-g", "update-environment", ""],
    // To leave, to scroll, and Ctrl-b itself: the server's other commands are nobody's.
    ["unbind-key", "-a", "-T", "prefix"],
    ["bind-key", "d", "detach-client"],
    ["bind-key", "[", "copy-mode"],
    ["bind-key", "PPage", "copy-mode", "-u"],
    ["bind-key", "C-b", "send-prefix"],
    ["new-session", "-d", "-s", session, "-x", String(columns), "-y", String(rows), "-P", "-F", "#{pane_tty}", ...holder],
    ["set-option", "-w", "-t", target, "window-size", "manual"],
    ["set-hook", "-t", target, "client-attached", follow],
    ["set-hook", "-t", target, "client-detached", restore],
    ["pipe-pane", "-t", target, recorder],
  ];
  return commands.flatMap((words, index) => (index === 0 ? words : [";", ...words]));
}

function recorderCommand({ mission, attempt, paths }: TerminalKey, facts: string, mark: string): string {
  const hex = (text: string) => Buffer.from(text).toString("hex");
  return `exec ${perlPath()} -e '${recorderText}' ${hex(paths.prefix)} ${hex(facts)} ${mission} ${attempt} ${mark} #{pane_pid}`;
}
