import type { RequestOptions, StreamOptions } from "../commands/command-line-context.ts";
import type { DaemonStatus, EventView, Hello, LogEvent, RawLogEvent, RunAnswer } from "../protocol/messages.ts";
import type { MissionView, WaitResult } from "../protocol/mission.ts";
import { AgentRequests } from "./agent-requests.ts";
import { ConnectionPool, type PoolOptions } from "./connection-pool.ts";
import type { EventsQuery, ListQuery, LogQuery, LogTextQuery, PruneQuery, RunOptions, WaitQuery } from "./queries.ts";
import { outliving, outlivingStream } from "./resilience.ts";

/**
 * A program's connection to the daemon. A mission is named by its id or its name. What the daemon
 * refuses is thrown as OvermindError, whose `code` is stable.
 *
 * Waits, questions and streams outlive the daemon: when it dies under them they connect again
 * (starting the next daemon unless `autostart` is false) and go on, each event once. A request that
 * changes something is not sent twice: when its connection is lost it fails with `unreachable`.
 *
 * An idle client does not keep the program alive; `close` ends it at once.
 */
export class OvermindClient extends AgentRequests {
  readonly #pool: ConnectionPool;
  readonly #hello: Hello;

  private constructor(pool: ConnectionPool, hello: Hello) {
    super();
    this.#pool = pool;
    this.#hello = hello;
  }

  /** Connects; programs call `connect` instead. */
  static async open(options: PoolOptions, signal?: AbortSignal): Promise<OvermindClient> {
    const pool = new ConnectionPool(options);
    await pool.open(signal);
    return new OvermindClient(pool, pool.hello as Hello);
  }

  /** What the daemon said of itself when the client last connected. */
  override get hello(): Hello {
    return this.#pool.hello ?? this.#hello;
  }

  /** Any request by its wire name. `resend` allows to repeat it after a lost connection. */
  override async request<Answer>(cmd: string, args: object = {}, { signal, resend }: RequestOptions = {}): Promise<Answer> {
    const ask = () => this.#pool.request<Answer>(cmd, args, signal);
    return resend ? outliving(this.#pool, ask, signal) : ask();
  }

  /** Any stream by its wire name. `resume` lets it go on after a lost connection. */
  override stream<Event>(
    cmd: string,
    args: object = {},
    { signal, resume }: StreamOptions<Event> = {},
  ): AsyncGenerator<Event, unknown> {
    if (!resume) return this.#streamOnce(cmd, args, signal);
    return outlivingStream<Event>(
      this.#pool,
      (last) => this.#streamOnce(cmd, last === undefined ? args : resume(last), signal),
      signal,
    );
  }

  /** Starts a mission, in this program's directory and environment unless told otherwise. */
  run(options: RunOptions): Promise<RunAnswer> {
    return this.request("run", { cwd: process.cwd(), env: process.env, ...options });
  }

  /** The missions, oldest first. */
  list(query: ListQuery = {}): Promise<MissionView[]> {
    return this.#ask("list", query);
  }

  /** Everything known of one mission. */
  info(id: string): Promise<MissionView> {
    return this.#ask("info", { id });
  }

  /** What a mission printed, as text: at most the last 8 MiB, a first line says when there is more. */
  logs(id: string, query: LogTextQuery = {}): Promise<string> {
    return this.#ask("logs", { ...query, id, marked: true });
  }

  /** What a mission printed and prints, whole lines at a time, until it ends or the loop is left. */
  followLogs(id: string, query: LogQuery = {}): AsyncGenerator<LogEvent, unknown> {
    const args = { follow: true, ...query, id, stream: true, signal: undefined };
    return this.stream("logs", args, {
      ...revocable(query.signal),
      resume: (last) => (last ? behind(args, last, last.bytes) : args),
    });
  }

  /** The bytes as the agent wrote them; with `follow` until it ends. */
  async *rawLogs(id: string, query: LogQuery = {}): AsyncGenerator<{ attempt: number; offset: number; bytes: Buffer }> {
    const args = { ...query, id, stream: true, raw: true, signal: undefined };
    const resume = (last: RawLogEvent | undefined) =>
      last ? behind(args, last, Buffer.byteLength(last.base64, "base64")) : args;
    for await (const { attempt, offset, base64 } of this.stream<RawLogEvent>("logs", args, {
      ...revocable(query.signal),
      resume,
    })) {
      yield { attempt, offset, bytes: Buffer.from(base64, "base64") };
    }
  }

  /** Resolves when the mission has ended, or reached a status of `for`. @throws OvermindError timeout */
  wait(id: string, query: WaitQuery = {}): Promise<WaitResult> {
    return this.#wait({ id }, query);
  }

  /** Resolves with the first of several that ends; the others go on. */
  waitAny(ids: readonly string[], query: WaitQuery = {}): Promise<WaitResult> {
    return this.#wait({ ids, any: true }, query);
  }

  /** Asks a mission to end, and resolves when nothing of it is left. */
  stop(id: string, options: { cascade?: boolean } = {}): Promise<true> {
    return this.request("stop", { ...options, id });
  }

  /** As `stop`, starting at SIGKILL. */
  kill(id: string, options: { cascade?: boolean } = {}): Promise<true> {
    return this.request("kill", { ...options, id });
  }

  /** Sends a signal such as `SIGUSR1` to the agent's process group. */
  signal(id: string, signal: string): Promise<true> {
    return this.request("signal", { id, signal });
  }

  /** Ends the running attempt, if any, and starts the next. */
  restart(id: string): Promise<true> {
    return this.request("restart", { id });
  }

  /** Forgets an ended mission and its files. */
  remove(id: string): Promise<true> {
    return this.request("rm", { id });
  }

  /** Forgets ended missions. */
  prune(query: PruneQuery = {}): Promise<unknown> {
    return this.request("prune", query);
  }

  /** The event log: what is past, and with `follow` what comes. */
  events(query: EventsQuery = {}): AsyncGenerator<EventView, unknown> {
    const args = { ...query, signal: undefined };
    return this.stream("events", args, {
      ...revocable(query.signal),
      resume: (last) => (last ? { ...args, since: last.seq } : args),
    });
  }

  /** Writes to the stdin of a mission that was started with it open. */
  writeStdin(id: string, data: string | Uint8Array): Promise<unknown> {
    return this.request("stdin", { id, base64: Buffer.from(data as Uint8Array).toString("base64") });
  }

  /** The mission's agent reads end of file. */
  closeStdin(id: string): Promise<unknown> {
    return this.request("stdin", { id, eof: true });
  }

  /** The daemon's health. */
  status(): Promise<DaemonStatus> {
    return this.#ask("status", {});
  }

  ping(): Promise<"pong"> {
    return this.#ask("ping", {});
  }

  /** Ends the daemon; agents go on, unless `kill`. */
  shutdown(options: { kill?: boolean } = {}): Promise<unknown> {
    return this.request("shutdown", options);
  }

  /** Ends the client: what still runs on it fails with `cancelled`. No mission is touched. */
  close(): void {
    this.#pool.close();
  }

  #ask<Answer>(cmd: string, args: object): Promise<Answer> {
    return this.request(cmd, args, { resend: true });
  }

  // The time that is left is asked for anew after a lost connection.
  #wait(which: object, { signal, timeout, ...query }: WaitQuery): Promise<WaitResult> {
    const deadline = timeout === undefined ? undefined : performance.now() + timeout;
    const left = () => (deadline === undefined ? {} : { timeout: Math.max(0, Math.round(deadline - performance.now())) });
    const ask = () => this.#pool.request<WaitResult>("wait", { ...which, ...query, ...left() }, signal);
    return outliving(this.#pool, ask, signal);
  }

  async *#streamOnce<Event>(cmd: string, args: object, signal?: AbortSignal): AsyncGenerator<Event, unknown> {
    const connection = await this.#pool.borrow(signal);
    try {
      return yield* connection.stream<Event>(cmd, args, { signal });
    } finally {
      this.#pool.giveBack(connection);
    }
  }
}

const revocable = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

/** The arguments with which a log goes on behind an event. */
function behind(args: object, last: { attempt: number; offset: number }, bytes: number): object {
  return { ...args, tail: undefined, from: { attempt: last.attempt, offset: last.offset + bytes } };
}
