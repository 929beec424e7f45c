import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { freshDirectory, Home } from "../../support/home.ts";

const program = resolve(import.meta.dirname, "../../agents/limited-agent.mjs");
const limited = resolve(import.meta.dirname, "../../fixtures/transcripts/claude/err-429.ndjson");

/** What missions of one account share: its limit, and what its agents were told. */
export class FakeAccount {
  readonly state: string;

  constructor(state: string) {
    this.state = state;
    mkdirSync(state, { recursive: true });
    writeFileSync(this.#path("said"), "");
  }

  /** Turns meet a limit until then. Epoch ms. */
  limit(until: number): void {
    writeFileSync(this.#path("until"), String(until));
  }

  /** Agents do not say when their limit is over. */
  keepQuiet(): void {
    writeFileSync(this.#path("untold"), "");
  }

  /** Turns wait until `open`. */
  shut(): void {
    writeFileSync(this.#path("shut"), "");
  }

  open(): void {
    rmSync(this.#path("shut"), { force: true });
  }

  /** What was said to its agents, oldest first. */
  said(): { at: number; text: string; pid: number }[] {
    return this.#lines().filter(({ text }) => text !== undefined);
  }

  /** How its agents were called: `new` or `resume`. */
  calls(): string[] {
    return this.#lines().flatMap(({ call }) => call ?? []);
  }

  #lines(): { at: number; text: string; pid: number; call?: string }[] {
    return readFileSync(this.#path("said"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  #path(name: string): string {
    return join(this.state, name);
  }
}

/** A home whose claude meets limits and spends money as the test says. */
export class LimitedHome extends Home {
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

  account(): FakeAccount {
    this.#count += 1;
    return new FakeAccount(join(this.#bin, `account-${this.#count}`));
  }

  /** Flags of an agent of that account. */
  agent(account: FakeAccount, ...flags: readonly string[]): string[] {
    return [
      ...["--provider", "claude", "--account", `a-${account.state.replace(/.*-/, "")}`],
      ...["--env", `FAKE_STATE=${account.state}`, "--env", `FAKE_LIMITED=${limited}`, ...flags],
    ];
  }

  json<Value>(...args: readonly string[]): Promise<Value> {
    return this.run([...args, "--json"]).then(({ stdout }) => JSON.parse(stdout) as Value);
  }
}
