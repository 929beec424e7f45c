import { realpathSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { OvermindError } from "../base/errors.ts";
import type { HomePaths } from "../base/paths.ts";
import type { Hello } from "../protocol/messages.ts";
import { Connection } from "./connection.ts";
import { connectionLost, foreignServer, isConnectionLost, notRunning, silentDaemon } from "./failures.ts";

/** Milliseconds a daemon has to say hello. */
const helloMs = 5000;

export interface Dialled {
  readonly connection: Connection;
  readonly hello: Hello;
}

/**
 * Connects to the daemon of a home and makes sure that it is one: whatever answers must call itself
 * overmind and serve this very home, before anything else is said to it.
 *
 * @throws OvermindError unreachable (nobody listens, or nobody answers), home_unusable (another program does)
 */
export async function dial(
  paths: HomePaths,
  options: { signal?: AbortSignal | undefined; helloMs?: number } = {},
): Promise<Dialled> {
  options.signal?.throwIfAborted();
  const connection = new Connection(await open(paths.socket));
  try {
    const hello = await sayHello(connection, paths, options.helloMs ?? helloMs, options.signal);
    return { connection, hello };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => reject(whyUnopened(path, error)));
  });
}

const gone: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET"]);

function whyUnopened(path: string, error: NodeJS.ErrnoException): OvermindError {
  // Reset: it died before it accepted.
  if (error.code !== undefined && gone.has(error.code)) return notRunning(error);
  // A full backlog: somebody listens there and has not accepted for a long time.
  if (error.code === "EAGAIN") return silentDaemon(path, 0);
  return new OvermindError("home_unusable", `${path} cannot be used: ${error.message}`, {
    cause: error,
    details: { path },
    hint: "OVERMIND_HOME must be a directory that you own and can write to.",
  });
}

async function sayHello(connection: Connection, paths: HomePaths, ms: number, signal?: AbortSignal): Promise<Hello> {
  const tooLate = silentDaemon(paths.socket, ms);
  const limit = AbortSignal.timeout(ms);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  let hello: Partial<Hello> | null;
  try {
    hello = await connection.request<Partial<Hello> | null>("hello", {}, { signal: either });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (limit.aborted) throw tooLate;
    // It hung up: a daemon on its way out does, and so may any other program.
    if (isConnectionLost(error)) throw connectionLost(error);
    if (error instanceof OvermindError && error.code === "shutting_down") throw error;
    throw foreignServer(paths.socket, "it does not say hello as Overmind does", error);
  }
  if (hello?.server !== "overmind") throw foreignServer(paths.socket, "it does not call itself overmind");
  if (!isSamePlace(hello.home ?? "", paths.home)) throw foreignServer(paths.socket, `it is the daemon of ${hello.home}`);
  return hello as Hello;
}

function isSamePlace(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
