import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HookEnd, HookRequest } from "../../../src/runner/hook-process.ts";
import type { HookSpec } from "../../../src/settings/settings.ts";
import type { HookRow } from "../../../src/store/hook-table.ts";
import type { Store } from "../../../src/store/store.ts";
import { HookQueue } from "../../../src/supervisor/hooks/hook-queue.ts";
import { Slots } from "../../../src/supervisor/queue/slots.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";
import { until } from "../../support/until.ts";
import { useScratch } from "../store/scratch.ts";
import { silentLog } from "../wire/fake-home.ts";

const scratch = useScratch();
const done: HookEnd = { error: null, output: "" };
const failed: HookEnd = { error: "exit code 1", output: "some\nno\u0007ise\n" };

const spec: HookSpec = { name: "h", on: ["mission.*"], run: "x", timeoutMs: 1000, retries: 2 };
const fresh: HookRow = {
  name: "h",
  cursor: 0,
  delivered: 0,
  tries: 0,
  retry_at: null,
  last_error: null,
  last_error_at: null,
  process: null,
};

/** One hook over a real store, whose process ends as the test says. */
class Rig {
  readonly clock = new SteppingClock();
  readonly store: Store;
  /** Numbers of the events that were delivered, each try. */
  readonly tries: number[] = [];
  readonly gaveUp: object[] = [];
  /** Ends of the coming tries; then all succeed. A function is called to wait. */
  ends: (HookEnd | Promise<HookEnd>)[] = [];
  queue: HookQueue;

  constructor(changes: Partial<HookSpec> = {}) {
    this.store = scratch.open(join(scratch.directory(), "overmind.db"));
    this.store.hooks.save(fresh);
    this.queue = this.open(changes);
  }

  /** As a daemon that starts: from what is stored. */
  open(changes: Partial<HookSpec> = {}): HookQueue {
    const { store, clock } = this;
    const row = store.hooks.all()[0] ?? fresh;
    this.queue = new HookQueue({ ...spec, ...changes }, row, {
      store,
      clock,
      log: silentLog,
      slots: new Slots(() => 1),
      host: { boot: "b", namespace: "n" },
      home: "/",
      start: (request) => this.#start(request),
      gaveUp: (dead) => this.gaveUp.push(dead),
    });
    this.queue.open();
    return this.queue;
  }

  record(...types: string[]): void {
    const facts = types.map((type) => ({ event: { time: 0, type, mission: "a2345678", attempt: null, data: {} } }));
    for (const event of this.store.record(facts)) this.queue.notice(event);
  }

  async settled(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await this.clock.pass(0);
  }

  #start({ input }: HookRequest) {
    this.tries.push(JSON.parse(input).seq);
    const ended = Promise.resolve(this.ends.shift() ?? done);
    return { identity: null, ended, end: () => {} };
  }
}

describe("a hook", () => {
  it("gets the events it asked for, in order", async () => {
    const rig = new Rig();
    rig.record("mission.created", "daemon.started", "mission.started");
    await rig.settled();
    rig.record("config.changed");
    rig.record("mission.ended", "hook.dead");
    await rig.settled();
    expect(rig.tries).toEqual([1, 3, 5]);
    expect(rig.queue.view()).toMatchObject({ state: "idle", delivered: 3, lag: 0, tries: 0, last_error: null, dead: [] });
  });

  it("holds back what comes later until a failed one has succeeded", async () => {
    const rig = new Rig();
    rig.ends = [failed, failed];
    rig.record("mission.a", "mission.b");
    await rig.settled();
    rig.record("mission.c");
    await rig.settled();
    expect(rig.tries).toEqual([1]);
    expect(rig.queue.view()).toMatchObject({ state: "waiting", tries: 1, lag: 3, last_error: "exit code 1: no\\x07ise" });
    await rig.clock.pass(999);
    expect(rig.tries).toEqual([1]);
    await rig.clock.pass(1);
    await rig.settled();
    expect(rig.tries).toEqual([1, 1]);
    await rig.clock.pass(1999);
    expect(rig.tries).toEqual([1, 1]);
    await rig.clock.pass(1);
    await rig.settled();
    expect(rig.tries).toEqual([1, 1, 1, 2, 3]);
    expect(rig.gaveUp).toEqual([]);
  });

  it("gives up after its retries, goes on with the next, and tries again when asked", async () => {
    const rig = new Rig({ retries: 1 });
    rig.ends = [failed, failed];
    rig.record("mission.a", "mission.b");
    await rig.settled();
    await rig.clock.pass(1000);
    await rig.settled();
    expect(rig.tries).toEqual([1, 1, 2]);
    expect(rig.gaveUp).toEqual([{ hook: "h", seq: 1, tries: 2, error: "exit code 1: no\\x07ise" }]);
    expect(rig.queue.view().dead).toMatchObject([{ seq: 1, type: "mission.a", mission: "a2345678", tries: 2 }]);
    expect(rig.queue.retry()).toBe(1);
    await rig.settled();
    expect(rig.tries).toEqual([1, 1, 2, 1]);
    expect(rig.queue.view()).toMatchObject({ dead: [], delivered: 2, cursor: 2 });
  });

  it("that fails for ever keeps the newest thousand dead deliveries", async () => {
    const rig = new Rig();
    const event = { seq: 1, time: "", type: "mission.a", mission: null, attempt: null, data: {} };
    for (let seq = 1; seq <= 1005; seq += 1)
      rig.store.hooks.bury({ ...fresh, cursor: seq }, { hook: "h", seq, event, tries: 1, error: "e", time: seq });
    expect(rig.store.hooks.deadOf("h").map(({ seq }) => seq)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 6));
  });

  it("is tried after what is left of its delay by the next daemon, and counts on", async () => {
    const rig = new Rig();
    rig.ends = [failed, failed, failed];
    rig.record("mission.a");
    await rig.settled();
    await rig.clock.pass(1000);
    await rig.settled();
    await rig.queue.close();
    await rig.clock.pass(500);
    rig.open();
    await rig.clock.pass(1499);
    expect(rig.tries).toEqual([1, 1]);
    await rig.clock.pass(1);
    await rig.settled();
    expect(rig.tries).toEqual([1, 1, 1]);
    expect(rig.gaveUp).toHaveLength(1);
  });

  it("whose daemon ends in the middle is delivered again, and nothing counts as failed", async () => {
    const rig = new Rig();
    let end: (end: HookEnd) => void = () => {};
    rig.ends = [new Promise((resolve) => (end = resolve))];
    rig.record("mission.a");
    await rig.settled();
    expect(rig.queue.view().state).toBe("running");
    const closing = rig.queue.close();
    end({ error: "was ended by SIGTERM", output: "" });
    await closing;
    rig.open();
    await rig.settled();
    expect(rig.tries).toEqual([1, 1]);
    expect(rig.queue.view()).toMatchObject({ delivered: 1, last_error: null });
  });

  it("finds what was recorded while no daemon ran, however much of it is not for it", async () => {
    const rig = new Rig();
    await rig.queue.close();
    rig.record(...Array.from({ length: 2500 }, () => "daemon.started"), "mission.late");
    rig.open();
    await until("the late event", async () => {
      await rig.settled();
      return rig.tries.length > 0;
    });
    expect(rig.tries).toEqual([2501]);
  });

  it("keeps the event log from forgetting what it has yet to read", async () => {
    const rig = new Rig();
    rig.ends = [failed, failed];
    rig.record(...Array.from({ length: 10 }, () => "mission.a"));
    await rig.settled();
    rig.store.events.prune(0, rig.store.hooks.lowestCursor() ?? undefined);
    expect(rig.store.events.after(0, 100)).toHaveLength(10);
    await rig.clock.pass(10_000);
    await rig.settled();
    rig.store.events.prune(0, rig.store.hooks.lowestCursor() ?? undefined);
    expect([rig.tries.length, rig.store.events.after(0, 100).length]).toEqual([12, 0]);
  });
});
