import type { HomePaths } from "../base/paths.ts";
import type { Hello } from "../protocol/messages.ts";

/** Where a command's words go. Sizes follow the terminal; colour follows NO_COLOR and the terminal. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Columns, or null when stdout is no terminal (then nothing is cut). */
  readonly columns: number | null;
  readonly hasColor: boolean;
  /** Data, to stdout. Resolves when there is room for more. */
  write(data: string | Uint8Array): Promise<void>;
  /** One line of data. */
  line(text: string): Promise<void>;
  /** Talk, to stderr: one line. */
  say(text: string): void;
  /** Shows on a terminal's stderr, once it lasts, that something is waited for; the answer ends it. */
  waiting(text: string): () => void;
  /**
   * For what may have nothing to write for long: ends this command once nobody reads its stdout (`| head`).
   *
   * @param farewell said on stderr then
   */
  endWithReader(farewell?: () => string): void;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /**
   * The request may be sent again after the connection was lost: the client reconnects (which
   * starts a daemon where autostart allows it) and repeats it. For questions and waits.
   */
  readonly resend?: boolean;
}

export interface StreamOptions<Event> {
  readonly signal?: AbortSignal;
  /**
   * Makes the stream outlive its connection: answers the arguments with which it goes on behind
   * the last event given (undefined: none was given yet).
   */
  readonly resume?: (last: Event | undefined) => object;
}

/** The connection as commands use it; the same class that programs import. */
export interface Requester {
  /** What the daemon said of itself at the first connection. */
  readonly hello: Hello;
  /** One request, one answer. Errors of the daemon are thrown as OvermindError. */
  request<Answer>(cmd: string, args?: object, options?: RequestOptions): Promise<Answer>;
  /** A stream: events as they come, then the final answer is the generator's return value. */
  stream<Event>(cmd: string, args?: object, options?: StreamOptions<Event>): AsyncGenerator<Event, unknown>;
}

export interface CommandLineContext {
  readonly paths: HomePaths;
  readonly screen: Screen;
  readonly stdin: NodeJS.ReadStream;
  readonly environment: NodeJS.ProcessEnv;
  /** False with `--no-autostart`. */
  readonly autostart: boolean;
  /**
   * The connection; made at the first use and kept. Starts the daemon where the command's `needs`
   * and `--no-autostart` allow it.
   *
   * @throws OvermindError unreachable
   */
  connect(): Promise<Requester>;
  /** A connection to a daemon that already runs, or null: starts none. */
  connectIfRunning(): Promise<Requester | null>;
  /** Forgets the kept connection, so that the next `connect` makes another. */
  disconnect(): void;
  /** Runs the daemon in this process until it ends; answers its exit code. */
  runDaemonHere(): Promise<number>;
  /** Runs the program that hurts a daemon of its own, with these words; answers its exit code. */
  runChaos(words: readonly string[]): Promise<number>;
}
