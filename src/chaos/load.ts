import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OvermindClient } from "../client/overmind-client.ts";
import type { RunAnswer } from "../protocol/messages.ts";
import { finalStatuses } from "../protocol/mission.ts";
import { type AgentFacts, argvOf, blueprintText, endless } from "./agent-words.ts";
import { type Expectation, expect, type Kind } from "./expectation.ts";
import { monotonicSeconds } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { Sandbox } from "./sandbox.ts";

export const pool = { name: "chaos", slots: 2 };
const mostSessions = 3;
const mostEndless = 5;
/** Milliseconds after which what never ends by itself is too late; on the busiest machine it has begun by then. */
const timeoutMs = 3000;

/** Starts missions of every kind, and remembers what each has to come to. Several hands may use it at once. */
export class Load {
  readonly expectations: Expectation[] = [];
  readonly #sandbox: Sandbox;
  #count = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Makes what all of the load shares. */
  async prepare(client: OvermindClient): Promise<void> {
    await client.request("pool", { action: "set", name: pool.name, slots: pool.slots });
    writeFileSync(join(this.#sandbox.home, "team.toml"), blueprintText(this.#sandbox.ledger));
  }

  /** One more mission, or a family of them. A request that is lost with its daemon leaves it open whether there is one. Answers the id of one that can be listened to. */
  async add(client: OvermindClient, random: Random): Promise<string | null> {
    const kinds: readonly ((client: OvermindClient, random: Random) => Promise<string | null>)[] = [
      this.#task,
      this.#task,
      this.#crasher,
      this.#leaver,
      this.#family,
      this.#pooled,
      this.#session,
      this.#pipeline,
      this.#late,
      this.#endless,
      this.#next,
    ];
    const kind = random.pick(kinds) ?? this.#task;
    return kind.call(this, client, random);
  }

  /** Says something to one of the sessions that are known. */
  async talk(client: OvermindClient, random: Random): Promise<void> {
    const session = random.pick(this.#known("session").filter(({ isHurt }) => !isHurt));
    if (session === undefined) return;
    const message = this.#name("message");
    session.unsure.push(message);
    await client.request("send", { id: session.id, message });
    session.unsure.splice(session.unsure.indexOf(message), 1);
    session.sent.push(message);
  }

  /** Stops one of those that start again whenever they end. */
  async stop(client: OvermindClient, random: Random): Promise<void> {
    const chosen = random.pick(this.#known("endless").filter(({ stoppedAt }) => stoppedAt === null));
    if (chosen !== undefined) await this.#stop(client, chosen);
  }

  /** Forgets one that has ended and that nobody waits for. */
  async forget(client: OvermindClient, random: Random): Promise<void> {
    const ended = new Set((await client.list({ status: finalStatuses, limit: 50 })).map(({ id }) => id));
    const isFree = ({ id, isAwaited, removal }: Expectation) => id !== null && ended.has(id) && !isAwaited && removal === "no";
    const chosen = random.pick([...this.#known("task"), ...this.#known("crasher"), ...this.#known("leaver")].filter(isFree));
    if (chosen?.id == null) return;
    chosen.removal = "unsure";
    await client.remove(chosen.id);
    chosen.removal = "yes";
  }

  /** Ends what does not end by itself. */
  async endAll(client: OvermindClient): Promise<void> {
    const left = this.expectations.filter(({ kind, stoppedAt }) => stoppedAt === null && ["session", "endless"].includes(kind));
    for (const expected of left) if (expected.id !== null) await this.#stop(client, expected);
  }

  async #stop(client: OvermindClient, expected: Expectation): Promise<void> {
    await client.stop(expected.id as string);
    expected.stoppedAt = monotonicSeconds();
  }

  #known(kind: Kind): Expectation[] {
    return this.expectations.filter((expected) => expected.kind === kind && expected.id !== null);
  }

  async #task(client: OvermindClient, random: Random): Promise<string> {
    const lines = random.between(0, 400);
    const exitCode = random.between(0, 120);
    return this.#run(client, expect(this.#name("task"), "task", { lines, exitCode }), { lines, gapMs: 5, code: exitCode });
  }

  async #crasher(client: OvermindClient, random: Random): Promise<string> {
    const expected = expect(this.#name("crasher"), "crasher", { lines: 3, exitCode: 7, attempts: 3 });
    const policy = { restart: "on_failure", max_restarts: 2, backoff: random.between(0, 300) };
    return this.#run(client, expected, { lines: 3, gapMs: 10, code: 7 }, policy);
  }

  async #leaver(client: OvermindClient): Promise<string> {
    return this.#run(client, expect(this.#name("leaver"), "leaver", { lines: 2 }), {
      lines: 2,
      gapMs: 10,
      code: 0,
      how: "leave",
    });
  }

  async #family(client: OvermindClient): Promise<null> {
    const parent = expect(this.#name("parent"), "parent", { lines: 100, exitCode: 3 });
    await this.#run(client, parent, { lines: 100, gapMs: 10, code: 3 });
    const child = expect(this.#name("child"), "child", { lines: null, exitCode: null });
    const kin = { parent: parent.id, on_parent_exit: "stop" };
    await this.#run(client, child, { lines: endless, gapMs: 50, code: 0 }, kin);
    return null;
  }

  async #pooled(client: OvermindClient): Promise<string> {
    const expected = expect(this.#name("pooled"), "pooled", { lines: 5, exitCode: 9 });
    return this.#run(client, expected, { lines: 5, gapMs: 20, code: 9 }, { pool: pool.name });
  }

  async #session(client: OvermindClient, random: Random): Promise<string> {
    if (this.expectations.filter(({ kind }) => kind === "session").length >= mostSessions) return this.#task(client, random);
    const expected = expect(this.#name("session"), "session", { lines: 1, exitCode: null, reason: "stopped" });
    return this.#run(client, expected, { lines: 1, gapMs: 0, code: 0, how: "echo" }, { type: "session" });
  }

  async #pipeline(client: OvermindClient): Promise<null> {
    const expected = expect(this.#name("team"), "pipeline", { attempts: null });
    this.expectations.push(expected);
    const path = join(this.#sandbox.home, "team.toml");
    expected.id = (await client.request<RunAnswer>("apply", { path, name: expected.name, env: this.#sandbox.environment })).id;
    return null;
  }

  /** Whether its daemon lives or not, and whatever the clock says, its time passes. */
  async #late(client: OvermindClient): Promise<string> {
    const expected = expect(this.#name("late"), "late", { lines: null, exitCode: null, reason: "timeout" });
    return this.#run(client, expected, { lines: endless, gapMs: 30, code: 0 }, { timeout_seconds: timeoutMs / 1000 });
  }

  /** It starts again after each end, until somebody stops it. */
  async #endless(client: OvermindClient, random: Random): Promise<string> {
    const isLive = ({ kind, stoppedAt }: Expectation) => kind === "endless" && stoppedAt === null;
    if (this.expectations.filter(isLive).length >= mostEndless) return this.#late(client);
    const facts = { lines: 5, exitCode: null, attempts: null, reason: "stopped" } as const;
    const policy = { restart: "always", max_restarts: endless, backoff: random.between(0, 300) };
    return this.#run(client, expect(this.#name("endless"), "endless", facts), { lines: 5, gapMs: 60, code: 1 }, policy);
  }

  /** It starts once another has ended. */
  async #next(client: OvermindClient, random: Random): Promise<string> {
    const former = random.pick(
      this.#known("task")
        .slice(-10)
        .filter(({ removal }) => removal === "no"),
    );
    if (former === undefined) return this.#task(client, random);
    former.isAwaited = true;
    const expected = expect(this.#name("next"), "next", { lines: 2, exitCode: 4, after: former.id });
    return this.#run(client, expected, { lines: 2, gapMs: 0, code: 4 }, { after: [former.id], after_any: true });
  }

  async #run(client: OvermindClient, expected: Expectation, agent: AgentFacts, more: object = {}): Promise<string> {
    // Before it is asked for: when the answer is lost, its name can still be looked for.
    this.expectations.push(expected);
    const argv = argvOf(this.#sandbox.ledger, agent);
    const request = { argv, name: expected.name, cwd: "/", env: this.#sandbox.environment, ...more };
    const { id } = await client.request<RunAnswer>("run", request);
    expected.id = id;
    return id;
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}-${this.#count}`;
  }
}
