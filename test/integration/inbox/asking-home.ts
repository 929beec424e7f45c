import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startArmed } from "../../support/fault-daemon.ts";
import { freshDirectory, Home } from "../../support/home.ts";
import type { Spawned } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";

export const program = resolve(import.meta.dirname, "../../agents/asking-agent.mjs");

/** What the asking agent is to ask for. */
export interface Ask {
  readonly tool: string;
  readonly input: object;
  readonly suggestions?: readonly object[];
  readonly options?: readonly object[];
}

/** A home whose callers find an agent on their PATH that asks before it uses tools. */
export class AskingHome extends Home {
  readonly #bin: string;
  #count = 0;

  constructor(config?: string) {
    const at = freshDirectory();
    const bin = join(at, "bin");
    super({ at, env: { PATH: `${bin}:${process.env["PATH"]}` }, ...(config === undefined ? {} : { config }) });
    this.#bin = bin;
    mkdirSync(bin);
    symlinkSync(program, join(bin, "claude"));
  }

  /** A task of claude that asks for these. */
  async task(asks: readonly Ask[], ...flags: readonly string[]): Promise<{ id: string; answers: () => unknown[] }> {
    const { flags: asking, answers } = this.asks(asks);
    return { id: await this.start(...flags, ...asking), answers };
  }

  /** Flags of a run of claude that asks for these. */
  asks(asks: readonly Ask[]): { flags: string[]; answers: () => unknown[] } {
    const { state, env } = this.#state();
    return { flags: ["--provider", "claude", ...env, "--prompt", JSON.stringify(asks)], answers: () => answersIn(state) };
  }

  /** A task of an agent that speaks the Agent Client Protocol. */
  async acpTask(asks: readonly Ask[], ...flags: readonly string[]): Promise<{ id: string; answers: () => unknown[] }> {
    const { state, env } = this.#state();
    const args = ["--provider", "acp", ...env, ...flags, "--prompt", JSON.stringify(asks), "--", program, "--acp"];
    return { id: await this.start(...args), answers: () => answersIn(state) };
  }

  /** What a mission asks, as soon as it is that many things. */
  pending(id: string, count = 1): Promise<Pending[]> {
    return until(`${id} to ask ${count} things and wait`, async () => {
      const { pending, status } = await this.info(id);
      if (pending.length !== count || status !== "waiting") throw new Error(JSON.stringify({ pending, status }));
      return pending;
    });
  }

  async answer(...args: readonly string[]) {
    return this.run(["answer", ...args]);
  }

  /** The data of a mission's events of one type. */
  async events(id: string, type: string): Promise<Record<string, unknown>[]> {
    const { stdout } = await this.run(["events", "--mission", id, "--type", type, "--json"]);
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).data);
  }

  /** Starts the next daemon, one that kills itself at `point`. */
  armedDaemon(point: string): Promise<Spawned> {
    return startArmed(this, point);
  }

  configure(config: string): void {
    writeFileSync(join(this.home, "config.toml"), config);
  }

  #state(): { state: string; env: string[] } {
    this.#count += 1;
    const state = join(this.#bin, `state-${this.#count}`);
    mkdirSync(state);
    return { state, env: ["--env", `FAKE_STATE=${state}`] };
  }
}

export interface Pending {
  readonly request_id: string;
  readonly tool: string;
  readonly input: unknown;
  readonly asked_at: string;
  readonly in_doubt: unknown;
}

const answersIn = (state: string): unknown[] =>
  existsSync(join(state, "answers"))
    ? readFileSync(join(state, "answers"), "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
