import { existsSync, rmSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import type { HomePaths } from "../base/paths.ts";
import type { AttemptFact, AttemptListener } from "./attempt-fact.ts";
import type { RunnerLog } from "./log.ts";
import { type OpenTerminal, Terminal, type TerminalKey, type TerminalSize } from "./terminal.ts";
import { Tmux } from "./tmux.ts";

export interface TerminalsOptions {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: RunnerLog;
}

/** The terminals of one home. The tmux server lives as long as there is one. */
export class Terminals {
  readonly tmux: Tmux;
  readonly #options: TerminalsOptions;
  readonly #live = new Map<string, Terminal>();
  /** Sessions that are not ours to end; with one of them the server stays. */
  #areOthers = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.tmux = new Tmux(options.paths);
  }

  /** A terminal for a new attempt; `open` makes it. */
  add(key: TerminalKey): Terminal {
    return this.#keep(key, false);
  }

  /** The terminal of an attempt of a former daemon. */
  adopt(key: TerminalKey): Terminal {
    return this.#keep(key, true);
  }

  /** Makes a terminal, after what is under way. Throws what tmux says. */
  open(terminal: Terminal, size: TerminalSize): Promise<OpenTerminal> {
    return this.#inTurn(() => terminal.open(size));
  }

  /** The devices that the server holds. */
  async devices(): Promise<readonly string[]> {
    const listed = await this.tmux.run(["list-panes", "-a", "-F", "#{pane_tty}"]);
    return listed.split("\n").filter((device) => device !== "");
  }

  /** A recorder told that it is done; `words` are those of its fact. */
  recorded(words: string): void {
    const [mission, attempt] = words.split(" ");
    this.#live.get(`${mission}-${attempt}`)?.recorded();
  }

  /** Ends what former daemons left: sessions whose attempt is over. Those of the missions in `leftAlone` stay. */
  async tidy(leftAlone: readonly string[]): Promise<void> {
    if (!existsSync(this.tmux.socket)) return;
    await this.#inTurn(async () => {
      const listed = await this.tmux.run(["list-sessions", "-F", "#{session_name}"]).catch(() => "");
      const sessions = listed.split("\n").filter((session) => session !== "" && !this.#live.has(session));
      const isSpared = (session: string) => leftAlone.includes(session.slice(0, session.lastIndexOf("-")));
      this.#areOthers = sessions.some(isSpared);
      for (const session of sessions.filter((one) => !isSpared(one))) await this.#quietly(["kill-session", "-t", `=${session}`]);
      await this.#endServerWithoutUse();
    });
  }

  #keep(key: TerminalKey, isOpen: boolean): Terminal {
    const { clock, log, paths } = this.#options;
    const release = (terminal: Terminal) => this.#release(terminal);
    const terminal = new Terminal({ tmux: this.tmux, clock, log, facts: paths.facts, release }, key, isOpen);
    this.#live.set(terminal.session, terminal);
    return terminal;
  }

  #release(terminal: Terminal): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#live.get(terminal.session) === terminal) this.#live.delete(terminal.session);
      if (this.#live.size > 0) await this.#quietly(["kill-session", "-t", `=${terminal.session}`]);
      await this.#endServerWithoutUse();
    });
  }

  async #endServerWithoutUse(): Promise<void> {
    if (this.#live.size > 0 || this.#areOthers || !existsSync(this.tmux.socket)) return;
    await this.#quietly(["kill-server"]);
    // tmux leaves it behind; the next server makes its own, even while this one still ends.
    rmSync(this.tmux.socket, { force: true });
  }

  async #quietly(words: readonly string[]): Promise<void> {
    await this.tmux.run(words).catch((error) => {
      const isGone = /no server running|can't find session|No such file/.test((error as Error).message);
      if (!isGone) this.#options.log.warn({ err: error }, "the tmux server did not do what it was asked");
    });
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/**
 * The listener for an attempt with a terminal: an end after which nothing is swept is told once all
 * that was printed is on disk. Every other end is followed by a sweep, which waits for it.
 */
export function toldWhenRecorded(terminal: Terminal, tell: AttemptListener): AttemptListener {
  return (fact) => {
    if (leavesNothing(fact)) void terminal.end().then(() => tell(fact));
    else tell(fact);
  };
}

const leavesNothing = (fact: AttemptFact): boolean => fact.type === "spawn_error" || (fact.type === "exited" && fact.isClean);
