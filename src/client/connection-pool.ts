import type { HomePaths } from "../base/paths.ts";
import type { Hello } from "../protocol/messages.ts";
import type { Connection } from "./connection.ts";
import { type Dialled, dial } from "./dial.ts";
import { isConnectionLost, isNotRunning, isShuttingDown, notRunning } from "./failures.ts";

/** Requests on one connection before the next is opened: the daemon stops reading at 1,000. */
const fullConnection = 500;
/** Milliseconds that a daemon which said good-bye has to be replaced. */
const replacementMs = 15_000;

export interface PoolOptions {
  readonly paths: HomePaths;
  /** Whether a daemon is started where none runs. */
  readonly autostart: boolean;
  /** The daemon's program; for tests. */
  readonly entry?: string | undefined;
  /** Told what a daemon that was started for it says though it runs. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/**
 * The connections of one client. Requests share one until it is full; a stream has one for itself,
 * so that its consumer may lag without holding up anything else.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #shared = new Set<Connection>();
  readonly #lent = new Set<Connection>();
  #opening: Promise<void> | undefined;
  #hello: Hello | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** What the daemon last said of itself. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** Connects, so that the daemon is known to be there. */
  async open(signal?: AbortSignal): Promise<void> {
    // Shared by all who wait for it, so nobody's signal may end it.
    this.#opening ??= this.#open()
      .then(({ connection }) => void this.#shared.add(connection))
      .finally(() => {
        this.#opening = undefined;
      });
    await this.#opening;
    signal?.throwIfAborted();
  }

  /** Sends a request on the first connection that has room for it. */
  async request<Answer>(cmd: string, args: object, signal?: AbortSignal): Promise<Answer> {
    for (;;) {
      // Chosen and used in one step: others who wait for the same connection count its requests.
      const connection = this.#withRoom();
      if (connection) return connection.request<Answer>(cmd, args, { signal });
      await this.open(signal);
    }
  }

  /** A connection of one's own, to be given back. */
  async borrow(signal?: AbortSignal): Promise<Connection> {
    const idle = [...this.#shared].find((connection) => connection.isOpen && connection.pending === 0);
    const connection = idle ?? (await this.#open(signal)).connection;
    this.#shared.delete(connection);
    this.#lent.add(connection);
    return connection;
  }

  giveBack(connection: Connection): void {
    this.#lent.delete(connection);
    if (connection.isOpen) this.#shared.add(connection);
  }

  /**
   * Connects again after a connection was lost. After a crash a daemon is started (when the client
   * may); after an orderly shutdown one is only waited for, as somebody wanted it gone.
   *
   * @throws the error itself when no daemon comes
   */
  async reconnect(error: unknown, signal?: AbortSignal): Promise<void> {
    const { dialUntil } = await import("./autostart.ts");
    const wantsNone = isShuttingDown(error) || !this.#options.autostart;
    const dialled = wantsNone
      ? await dialUntil(this.#options.paths, performance.now() + replacementMs, signal)
      : await this.#open(signal);
    if (!dialled) throw error;
    this.#hello = dialled.hello;
    this.#shared.add(dialled.connection);
  }

  close(): void {
    for (const connection of [...this.#shared, ...this.#lent]) connection.close();
    this.#shared.clear();
    this.#lent.clear();
  }

  #withRoom(): Connection | undefined {
    for (const connection of this.#shared) {
      if (!connection.isOpen) this.#shared.delete(connection);
      else if (connection.pending < fullConnection) return connection;
    }
    return undefined;
  }

  async #open(signal?: AbortSignal): Promise<Dialled> {
    const dialled = await this.#dialOrStart(signal);
    this.#hello = dialled.hello;
    return dialled;
  }

  async #dialOrStart(signal?: AbortSignal): Promise<Dialled> {
    const { paths, autostart, entry, onWarning } = this.#options;
    try {
      return await dial(paths, { signal });
    } catch (error) {
      const isGone = isNotRunning(error) || isConnectionLost(error) || isShuttingDown(error);
      if (!isGone) throw error;
      if (!autostart) throw notRunning(error);
      // Loaded only here: most commands find a daemon.
      const { startAndDial } = await import("./autostart.ts");
      return startAndDial(paths, { signal, entry, onWarning });
    }
  }
}
