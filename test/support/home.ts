import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type * as Overmind from "../../src/index.ts";
import { isAlive, processesWith } from "./processes.ts";
import { type Finished, Spawned, type SpawnOptions } from "./spawned.ts";
import { until } from "./until.ts";
import { type Answer, ask, WireConnection } from "./wire.ts";

export const overmindPath = resolve(import.meta.dirname, "../../bin/overmind");

/** The word that everything made by this run of the suite carries. */
export const runMarker: string = process.env["OVERMIND_TEST_RUN"] ?? `p${process.pid}`;

/** A fresh directory with a short path (a socket path holds 107 bytes) that bears the run's marker. */
export function freshDirectory(): string {
  const root = process.platform === "linux" ? "/tmp" : tmpdir();
  return mkdtempSync(join(root, `om-${runMarker}-`));
}

/** The caller's environment without what a test runner puts into it. */
export function plainEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const foreign = /^(VITEST|NODE_ENV$|TEST$|MODE$|PROD$|DEV$|SSR$|BASE_URL$|FORCE_|NO_COLOR$|COLOR$|OVERMIND_|npm_)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), OVERMIND_TEST_RUN: runMarker, ...extra };
}

export interface HomeOptions {
  /** Text of config.toml. */
  readonly config?: string;
  /** Environment of every `overmind` of this home. */
  readonly env?: NodeJS.ProcessEnv;
  /** The home directory, when the test made it. */
  readonly at?: string;
}

/** A temporary OVERMIND_HOME that is used through the real command line and the real socket. */
export class Home {
  readonly home: string;
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #connections: { close(): unknown }[] = [];

  constructor(options: HomeOptions = {}) {
    this.home = options.at ?? freshDirectory();
    chmodSync(this.home, 0o700);
    this.socket = join(this.home, "overmind.sock");
    this.env = plainEnvironment({ OVERMIND_HOME: this.home, ...options.env });
    if (options.config !== undefined) writeFileSync(join(this.home, "config.toml"), options.config);
  }

  /** Starts `overmind <args>` and lets it run. */
  spawn(args: readonly string[], options: SpawnOptions = {}): Spawned {
    return new Spawned(overmindPath, args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Runs `overmind <args>` to its end. */
  run(args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
    return this.spawn(args, options).finished;
  }

  /** Runs a shell line in which `overmind` is the command under test. */
  shell(line: string, options: SpawnOptions = {}): Promise<Finished> {
    const path = `${resolve(overmindPath, "..")}:${process.env["PATH"]}`;
    return new Spawned("bash", ["-c", line], { ...options, env: { ...this.env, PATH: path, ...options.env } }).finished;
  }

  /** Starts a mission through the command line and answers its id. */
  async start(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(["run", "--json", ...args]);
    if (code !== 0) throw new Error(`overmind run ${args.join(" ")}: ${stderr}`);
    return JSON.parse(stdout).id;
  }

  /** One request over the socket; the answer's `ok`, or an Error that bears the code. */
  async ask(cmd: string, args: object = {}): Promise<Answer> {
    const answer = await ask(this.socket, cmd, args);
    if ("ok" in answer) return answer.ok;
    throw Object.assign(new Error(`${cmd}: ${answer.error}`), { code: answer.code });
  }

  info(id: string): Promise<Answer> {
    return this.ask("info", { id });
  }

  /** The pid of a mission's agent, as soon as it has one. */
  agentPid(id: string): Promise<number> {
    return until(`${id} to have a pid`, async () => (await this.info(id)).os_pid as number | null);
  }

  logs(id: string): Promise<string> {
    return this.ask("logs", { id });
  }

  wait(id: string): Promise<Answer> {
    return this.ask("wait", { id, timeout: 40_000 });
  }

  /** Waits until a mission has printed `text`; answers its output. */
  printed(id: string, text: string): Promise<string> {
    return until(`'${text}' in the output of ${id}`, async () => {
      const output = await this.logs(id);
      if (!output.includes(text)) throw new Error(`output so far: ${output.slice(-500)}`);
      return output;
    });
  }

  wire(): WireConnection {
    const connection = new WireConnection(this.socket);
    this.#connections.push(connection);
    return connection;
  }

  /** The typed client, as a program would import it. */
  async client(): Promise<Overmind.OvermindClient> {
    const built: string = resolve(import.meta.dirname, "../../dist/index.js");
    const { connect } = (await import(built)) as typeof Overmind;
    const client = await connect({ home: this.home });
    this.#connections.push(client);
    return client;
  }

  /** The pid of the daemon that answers, or null. */
  async daemonPid(): Promise<number | null> {
    if (!existsSync(this.socket)) return null;
    const hello = await ask(this.socket, "hello").catch(() => null);
    return hello?.ok?.pid ?? null;
  }

  /** Sends the daemon a signal and waits until it is gone. */
  async killDaemon(signal: NodeJS.Signals = "SIGKILL"): Promise<number> {
    const pid = await this.daemonPid();
    if (pid === null) throw new Error("no daemon answers in this home");
    process.kill(pid, signal);
    await until(`the daemon ${pid} to be gone`, () => !isAlive(pid));
    return pid;
  }

  /** What daemon.log says; empty when there is none. */
  daemonLog(): string {
    const path = join(this.home, "daemon.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Ends every mission and the daemon, then everything that still bears this home, and removes it. */
  async dispose(): Promise<void> {
    for (const connection of this.#connections) await connection.close();
    if ((await this.daemonPid().catch(() => null)) !== null) {
      await this.run(["shutdown", "--kill", "--no-autostart"], { timeoutMs: 20_000 }).catch(() => null);
    }
    for (const found of processesWith(this.home)) killQuietly(found.pid);
    await until(`no process of ${this.home}`, () => processesWith(this.home).length === 0, {
      seen: () => processesWith(this.home),
    });
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function startHome(options: HomeOptions = {}): Home {
  return new Home(options);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
