import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { freshDirectory, Home } from "../../support/home.ts";

const program = resolve(import.meta.dirname, "../../agents/fake-agent.mjs");
const transcripts = resolve(import.meta.dirname, "../../fixtures/transcripts");

/** A home whose callers find fake agents on their PATH; each mission's state lies in a directory of its own. */
export class AgentHome extends Home {
  readonly #bin: string;
  #count = 0;

  constructor() {
    const at = freshDirectory();
    const bin = join(at, "bin");
    super({ at, env: { PATH: `${bin}:${process.env["PATH"]}` } });
    this.#bin = bin;
    mkdirSync(bin);
    for (const name of ["claude", "codex", "gemini", "opencode"]) symlinkSync(program, join(bin, name));
  }

  /** A new directory for what a fake agent keeps. */
  state(): string {
    this.#count += 1;
    const directory = join(this.#bin, `state-${this.#count}`);
    mkdirSync(directory);
    return directory;
  }

  /** Flags with which an agent plays a recorded attempt. */
  plays(provider: string, transcript: string, exitCode = 0, state = this.state()): string[] {
    const file = join(transcripts, provider, `${transcript}.ndjson`);
    return [
      ...["--provider", provider, "--env", `FAKE_TRANSCRIPT=${file}`],
      ...["--env", `FAKE_EXIT=${exitCode}`, "--env", `FAKE_STATE=${state}`],
    ];
  }

  /** Starts a session of the fake claude. */
  session(...flags: readonly string[]): Promise<string> {
    return this.start("--provider", "claude", "--type", "session", "--env", `FAKE_STATE=${this.state()}`, ...flags);
  }
}

export const promptIn = (state: string): string => readFileSync(join(state, "prompt"), "utf8");

/** How the fake agent was called, oldest first. */
export const callsIn = (state: string): { name: string; words: string[]; env: string | null }[] =>
  readFileSync(join(state, "calls"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
