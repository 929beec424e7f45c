import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { freshDirectory, Home } from "../../support/home.ts";
import type { Script } from "../../support/model-server/answer.ts";
import { ModelServer } from "../../support/model-server/model-server.ts";
import { commandsWith, processesWith } from "../../support/processes.ts";
import type { Finished } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";
import type { Answer } from "../../support/wire.ts";
import { settingsOf } from "./agent-settings.ts";
import type { LongJob } from "./long-job.ts";

export type RealKind = "claude" | "codex" | "gemini" | "opencode";

const installer = resolve(import.meta.dirname, "../../../scripts/agents.mjs");

/** Where the agents' programs lie; they are installed where they are not yet. */
const programs = execFileSync(process.execPath, [installer], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();

/** How long what an agent does may take: starting one costs seconds of computing, and the machine may be busy. */
export const patience = { timeoutMs: 150_000 };

/** The key that the agents authenticate with; it must be found nowhere that others read. */
export const secretKey = "sk-fake-4a6c1e5b9d2f8073";

/** A home whose callers find the real agents on their PATH. */
export class RealHome extends Home {
  readonly kind: RealKind;
  readonly #seats: Seat[] = [];

  constructor(kind: RealKind, config?: string) {
    super({ env: { PATH: `${programs}:${process.env["PATH"]}` }, ...(config === undefined ? {} : { config }) });
    this.kind = kind;
  }

  /** A place for one agent: a HOME and a directory of its own, and a model that follows the script. */
  async seat(script: Script, kind = this.kind): Promise<Seat> {
    const seat = await Seat.at(this, kind, script);
    this.#seats.push(seat);
    return seat;
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    for (const seat of this.#seats) await seat.dispose();
  }
}

/** Where one agent sits: what it starts from, and the model it talks to. */
export class Seat {
  readonly home: RealHome;
  readonly model: ModelServer;
  /** Its HOME. */
  readonly root: string;
  /** Its working directory. */
  readonly directory: string;
  readonly account: string;
  readonly env: NodeJS.ProcessEnv;
  /** Those of `overmind run` that make it this agent, each with its value. */
  readonly flags: readonly string[];

  private constructor(home: RealHome, kind: RealKind, model: ModelServer) {
    this.root = freshDirectory();
    this.home = home;
    this.model = model;
    this.directory = join(this.root, "work");
    const { env, files, flags } = settingsOf(kind, model.url, secretKey);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(resolve(this.root, path, ".."), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
    for (const name of ["work", "tmp"]) mkdirSync(join(this.root, name));
    this.env = { HOME: this.root, TMPDIR: join(this.root, "tmp"), ...env };
    // A limit that one of them meets holds all of its account.
    this.account = basename(this.root);
    this.flags = ["--provider", kind, "--cwd", this.directory, "--account", this.account, ...flags];
  }

  static async at(home: RealHome, kind: RealKind, script: Script): Promise<Seat> {
    return new Seat(home, kind, await ModelServer.start(script));
  }

  /** Starts a mission of this agent with a prompt on stdin; answers its id. */
  async start(prompt: string, ...flags: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(["run", "--json", ...this.flags, ...flags, "-"], prompt);
    if (code !== 0) throw new Error(`overmind run ${flags.join(" ")}: ${stderr}`);
    return JSON.parse(stdout).id;
  }

  /** Starts a session without a first message; answers its id. */
  async session(...flags: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(["run", "--json", "--type", "session", ...this.flags, ...flags]);
    if (code !== 0) throw new Error(`overmind run ${flags.join(" ")}: ${stderr}`);
    return JSON.parse(stdout).id;
  }

  /** Sends a session a message, on stdin where there is an `input`, and waits for the answer. */
  send(id: string, text: string, { flags = [], input }: { flags?: readonly string[]; input?: string } = {}): Promise<Finished> {
    const { timeoutMs } = patience;
    const options = { env: this.env, timeoutMs, ...(input === undefined ? {} : { input }) };
    return this.home.run(["send", "--wait", "--timeout", String(timeoutMs), ...flags, id, text], options);
  }

  /** Runs a task to its end and answers how it ended. */
  async task(prompt: string, ...flags: readonly string[]): Promise<Ended> {
    const id = await this.start(prompt, ...flags);
    return this.ended(id);
  }

  /** Waits for a mission's end and answers how it ended, with what it said. */
  async ended(id: string): Promise<Ended> {
    const { status, reason, exit_code } = await this.home.ask("wait", { id, timeout: patience.timeoutMs });
    return { id, status, reason, exit_code, text: (await this.home.run(["logs", id])).stdout };
  }

  /** Waits until the model was asked for the first time. */
  async isAsked(): Promise<void> {
    await until("the model to be asked", () => this.model.requests.length > 0, patience);
  }

  /** Waits until a mission has written `text`, in whatever form. */
  async wrote(id: string, text: string): Promise<void> {
    const { home } = this;
    await until(`'${text}' of ${id}`, async () => (await home.run(["logs", "--raw", id])).stdout.includes(text), patience);
  }

  /** Waits until all of a long job runs. */
  async runs({ tag, size }: LongJob): Promise<void> {
    await until("the tool to run", () => commandsWith(tag).length >= size, { ...patience, seen: () => commandsWith(tag) });
  }

  async dispose(): Promise<void> {
    await this.model.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  #run(args: readonly string[], input?: string): Promise<Finished> {
    return this.home.run(args, { env: this.env, ...(input === undefined ? {} : { input }) });
  }
}

export interface Ended {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly exit_code: number | null;
  readonly text: string;
}

/** The processes that bear a mission's mark in their environment. */
export const processesOf = (id: string): Answer[] => processesWith(`OVERMIND_MISSION_ID=${id}\0`);
