import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import * as v from "valibot";
import { OvermindError } from "../../../src/base/errors.ts";
import { type HomePaths, homePaths } from "../../../src/base/paths.ts";
import { type Command, noReply, wire } from "../../../src/commands/command.ts";
import type { ConnectionLimits } from "../../../src/server/connection-limits.ts";
import { Server } from "../../../src/server/server.ts";
import type { DaemonContext } from "../../../src/supervisor/daemon-context.ts";

export const silentLog = { info() {}, warn() {}, error() {} };

/** What the fake commands saw of the world. */
export interface Seen {
  /** Calls of `hang` that were aborted. */
  aborted: number;
  /** Settles the oldest `hang`. */
  release: (() => void)[];
  emitted: number;
  errors: unknown[];
}

export interface FakeHome {
  readonly paths: HomePaths;
  readonly server: Server;
  readonly seen: Seen;
  dispose(): Promise<void>;
}

/** A real server on a real socket in a temporary home, with commands that need no missions. */
export async function fakeHome(limits: Partial<ConnectionLimits> = {}): Promise<FakeHome> {
  const paths = homePaths({ OVERMIND_HOME: mkdtempSync("/tmp/om-w-") });
  const seen: Seen = { aborted: 0, release: [], emitted: 0, errors: [] };
  const daemon = fakeDaemon(paths);
  const log = { ...silentLog, error: (facts: object) => seen.errors.push(facts) };
  const server = new Server({ paths, commands: fakeCommands(seen), daemon, log, limits });
  await server.listen();
  return {
    paths,
    server,
    seen,
    async dispose() {
      await server.close();
      rmSync(paths.home, { recursive: true, force: true });
    },
  };
}

export function fakeDaemon(paths: HomePaths): DaemonContext {
  const hello = () => ({ server: "overmind", version: "0.0.0-test", protocol: 1, pid: process.pid, home: paths.home });
  return { paths, hello } as unknown as DaemonContext;
}

export function fakeCommands(seen: Seen): Command[] {
  const any = v.looseObject({});
  const command = (name: string, run: Parameters<typeof wire<typeof any>>[0]["run"]): Command => ({
    name,
    summary: name,
    wire: wire({ params: any, run }),
  });
  return [
    command("hello", (daemon) => daemon.hello()),
    command("ping", () => "pong"),
    command("nothing", () => undefined),
    command("pid", () => process.pid),
    command("large", (_, { bytes }) => "x".repeat(bytes as number)),
    command("refuse", () => {
      throw new OvermindError("not_found");
    }),
    command("fail", () => {
      throw new Error("a defect");
    }),
    command("secret", () => BigInt(1)),
    { name: "typed", summary: "", wire: wire({ params: v.object({ n: v.number() }), run: (_, { n }) => n }) },
    command("hang", (_, __, call) => {
      return new Promise((resolve, reject) => {
        seen.release.push(() => resolve("released"));
        call.signal.addEventListener("abort", () => {
          seen.aborted += 1;
          reject(call.signal.reason);
        });
      });
    }),
    command("count", async (_, { from = 0, to, bytes = 0, failAt }, call) => {
      for (let n = from as number; n < (to as number); n += 1) {
        if (n === failAt) throw new OvermindError("not_found");
        await call.emit({ n, pad: "x".repeat(bytes as number) });
        seen.emitted += 1;
      }
      return noReply;
    }),
    command("ticks", async (_, __, call) => {
      await call.emit({ tick: 1 });
      await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
      seen.aborted += 1;
      return noReply;
    }),
  ];
}

/** A client of bytes: writes what it is told, gives lines back. */
export class RawClient {
  readonly socket: Socket;
  #text = "";
  #lines: string[] = [];
  #wake: () => void = () => {};
  #isEnded = false;

  private constructor(path: string) {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.setEncoding("utf8");
    this.socket.on("data", (text: string) => {
      const [first = "", ...others] = text.split("\n");
      this.#text += first;
      for (const other of others) {
        this.#lines.push(this.#text);
        this.#text = other;
      }
      this.#wake();
    });
    const ended = () => {
      this.#isEnded = true;
      this.#wake();
    };
    this.socket.on("end", ended);
    this.socket.on("close", ended);
    this.socket.on("error", ended);
  }

  static async open(path: string): Promise<RawClient> {
    const client = new RawClient(path);
    await once(client.socket, "connect");
    return client;
  }

  send(...requests: (object | string)[]): this {
    for (const request of requests) this.socket.write(typeof request === "string" ? request : `${JSON.stringify(request)}\n`);
    return this;
  }

  /** The next line, or null at the end of input. */
  async line(): Promise<string | null> {
    while (this.#lines.length === 0 && !this.#isEnded) await this.#changed();
    return this.#lines.shift() ?? null;
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  async json(): Promise<any> {
    return JSON.parse((await this.line()) ?? "null");
  }

  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== null; line = await this.line()) lines.push(line);
    return lines;
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Asks again, often, until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
