import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OvermindClient } from "../client/overmind-client.ts";
import type { RunAnswer } from "../protocol/messages.ts";
import { agentText } from "./agent.perl.ts";
import { type Expectation, expect } from "./expectation.ts";
import type { Random } from "./random.ts";
import type { Sandbox } from "./sandbox.ts";

export const pool = { name: "chaos", slots: 2 };

interface AgentFacts {
  readonly lines: number;
  readonly gapMs: number;
  readonly code: number;
  readonly how?: "end" | "echo" | "leave";
}

/** Starts missions of every kind, and remembers what each has to come to. */
export class Load {
  readonly expectations: Expectation[] = [];
  readonly #sandbox: Sandbox;
  readonly #random: Random;
  #count = 0;

  constructor(sandbox: Sandbox, random: Random) {
    this.#sandbox = sandbox;
    this.#random = random;
  }

  /** Makes what all of the load shares. */
  async prepare(client: OvermindClient): Promise<void> {
    await client.request("pool", { action: "set", name: pool.name, slots: pool.slots });
    writeFileSync(join(this.#sandbox.home, "team.toml"), blueprintText(this.#sandbox.ledger));
  }

  /** One more mission, or a family of them. A request that is lost with its daemon leaves it open whether there is one. */
  async add(client: OvermindClient): Promise<void> {
    const kinds = [
      this.#task,
      this.#task,
      this.#crasher,
      this.#leaver,
      this.#family,
      this.#pooled,
      this.#session,
      this.#pipeline,
    ];
    const kind = this.#random.pick(kinds) ?? this.#task;
    await kind.call(this, client);
  }

  /** Says something to one of the sessions that are known. */
  async talk(client: OvermindClient): Promise<void> {
    const session = this.#random.pick(this.expectations.filter(({ kind, id, isHurt }) => kind === "session" && id && !isHurt));
    if (session === undefined) return;
    const message = `m${this.#count++}`;
    session.unsure.push(message);
    await client.request("send", { id: session.id, message });
    session.unsure.splice(session.unsure.indexOf(message), 1);
    session.sent.push(message);
  }

  /** Ends what does not end by itself. */
  async endSessions(client: OvermindClient): Promise<void> {
    for (const { kind, id } of this.expectations) if (kind === "session" && id !== null) await client.stop(id);
  }

  async #task(client: OvermindClient): Promise<void> {
    const lines = this.#random.between(0, 400);
    const exitCode = this.#random.between(0, 120);
    await this.#run(client, expect(this.#name("task"), "task", { lines, exitCode }), { lines, gapMs: 5, code: exitCode });
  }

  async #crasher(client: OvermindClient): Promise<void> {
    const expected = expect(this.#name("crasher"), "crasher", { lines: 3, exitCode: 7, attempts: 3 });
    const policy = { restart: "on_failure", max_restarts: 2, backoff: this.#random.between(0, 300) };
    await this.#run(client, expected, { lines: 3, gapMs: 10, code: 7 }, policy);
  }

  async #leaver(client: OvermindClient): Promise<void> {
    await this.#run(client, expect(this.#name("leaver"), "leaver", { lines: 2 }), { lines: 2, gapMs: 10, code: 0, how: "leave" });
  }

  async #family(client: OvermindClient): Promise<void> {
    const parent = expect(this.#name("parent"), "parent", { lines: 100, exitCode: 3 });
    await this.#run(client, parent, { lines: 100, gapMs: 10, code: 3 });
    const child = expect(this.#name("child"), "child", { lines: 1_000_000 });
    const kin = { parent: parent.id, on_parent_exit: "stop" };
    await this.#run(client, child, { lines: 1_000_000, gapMs: 50, code: 0 }, kin);
  }

  async #pooled(client: OvermindClient): Promise<void> {
    const expected = expect(this.#name("pooled"), "pooled", { lines: 5, exitCode: 9 });
    await this.#run(client, expected, { lines: 5, gapMs: 20, code: 9 }, { pool: pool.name });
  }

  async #session(client: OvermindClient): Promise<void> {
    if (this.expectations.filter(({ kind }) => kind === "session").length >= 3) return this.#task(client);
    const expected = expect(this.#name("session"), "session", { lines: 1 });
    await this.#run(client, expected, { lines: 1, gapMs: 0, code: 0, how: "echo" }, { type: "session" });
  }

  async #pipeline(client: OvermindClient): Promise<void> {
    const expected = expect(this.#name("team"), "pipeline");
    this.expectations.push(expected);
    const path = join(this.#sandbox.home, "team.toml");
    expected.id = (await client.request<RunAnswer>("apply", { path, name: expected.name, env: this.#sandbox.environment })).id;
  }

  async #run(client: OvermindClient, expected: Expectation, agent: AgentFacts, more: object = {}): Promise<void> {
    // Before it is asked for: when the answer is lost, its name can still be looked for.
    this.expectations.push(expected);
    const argv = argvOf(this.#sandbox.ledger, agent);
    const request = { argv, name: expected.name, cwd: "/", env: this.#sandbox.environment, ...more };
    expected.id = (await client.request<RunAnswer>("run", request)).id;
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}-${this.#count}`;
  }
}

const argvOf = (ledger: string, { lines, gapMs, code, how = "end" }: AgentFacts): string[] =>
  ["perl", "-e", agentText, ledger, lines, gapMs, code, how].map(String);

/** A diamond: what comes after has to start after what it depends on has ended. */
function blueprintText(ledger: string): string {
  const argv = JSON.stringify(argvOf(ledger, { lines: 3, gapMs: 20, code: 0 }));
  const agent = (name: string, after: readonly string[]) =>
    `[agents.${name}]\nargv = ${argv}\ndepends_on = ${JSON.stringify(after)}\n`;
  return [agent("first", []), agent("left", ["first"]), agent("right", ["first"]), agent("last", ["left", "right"])].join("\n");
}
