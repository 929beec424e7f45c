import { unlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { DaemonLog } from "../base/daemon-log.ts";
import type { HomePaths } from "../base/paths.ts";
import type { Command } from "../commands/command.ts";
import type { DaemonContext } from "../supervisor/daemon-context.ts";
import { Connection, type ConnectionPorts } from "./connection.ts";
import { type ConnectionLimits, connectionLimits } from "./connection-limits.ts";
import { listenOn } from "./listen.ts";
import { inodeOf } from "./lock.ts";
import { dispatchTo } from "./registry.ts";

export interface ServerOptions {
  readonly paths: HomePaths;
  readonly commands: readonly Command[];
  readonly daemon: DaemonContext;
  readonly log: DaemonLog;
  readonly limits?: Partial<ConnectionLimits>;
}

/** The daemon's door: listens on the home's socket and gives each client a `Connection`. */
export class Server {
  readonly #socketPath: string;
  readonly #ports: ConnectionPorts;
  readonly #connections = new Set<Connection>();
  // Half-open: a client that ends its input, as `nc -N` does, still gets its answer.
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  #inode: string | null = null;

  constructor({ paths, commands, daemon, log, limits }: ServerOptions) {
    this.#socketPath = paths.socket;
    this.#ports = {
      dispatch: dispatchTo(commands, daemon),
      log,
      limits: { ...connectionLimits, ...limits },
    };
  }

  /** Opens the door; the caller holds the home's lock. Errors as `listenOn`. */
  async listen(): Promise<void> {
    await listenOn(this.#server, this.#socketPath);
    // Without a listener an error while accepting (EMFILE) would end the daemon.
    this.#server.on("error", (err) => this.#ports.log.error({ err }, "the socket cannot accept"));
    this.#inode = inodeOf(this.#socketPath);
  }

  /** Whether the socket's path still leads here. */
  get isOurs(): boolean {
    return this.#inode !== null && inodeOf(this.#socketPath) === this.#inode;
  }

  /** Accepts no more, lets replies come out (at most a second), closes every connection. */
  async close(): Promise<void> {
    if (this.isOurs) unlinkSync(this.#socketPath);
    this.#server.close();
    await Promise.all([...this.#connections].map((connection) => connection.leave()));
  }

  #accept(socket: Socket): void {
    const connection = new Connection(socket, this.#ports);
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
  }
}
