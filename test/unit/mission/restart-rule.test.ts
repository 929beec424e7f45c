import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noHistory, type RestartHistory } from "../../../src/events/domain-event.ts";
import { backoffDelay, decideRestart, type RestartDecision } from "../../../src/mission/restart-rule.ts";
import { defaultPolicy, type RestartRule } from "../../../src/mission/spec.ts";
import { type Reason, reasons, restartPolicies } from "../../../src/protocol/mission.ts";

const onFailure: RestartRule = { ...defaultPolicy, restart: "on_failure" };
const middle = 0.5;

/** Which policies go on after an attempt that ended for this reason; `never` never does. */
const afterReason: Record<Reason, { on_failure: boolean; always: boolean; isCrash: boolean }> = {
  completed: { on_failure: false, always: true, isCrash: false },
  failed: { on_failure: true, always: true, isCrash: true },
  signaled: { on_failure: true, always: true, isCrash: true },
  stopped: { on_failure: false, always: false, isCrash: false },
  killed: { on_failure: false, always: false, isCrash: false },
  stalled: { on_failure: true, always: true, isCrash: true },
  timeout: { on_failure: true, always: true, isCrash: true },
  deadline: { on_failure: false, always: false, isCrash: false },
  memory: { on_failure: true, always: true, isCrash: true },
  rate_limited: { on_failure: false, always: true, isCrash: false },
  auth: { on_failure: false, always: false, isCrash: false },
  budget: { on_failure: false, always: false, isCrash: false },
  refused: { on_failure: false, always: false, isCrash: false },
  no_result: { on_failure: true, always: true, isCrash: true },
  parent: { on_failure: false, always: false, isCrash: false },
  group: { on_failure: false, always: false, isCrash: false },
  dependency: { on_failure: false, always: false, isCrash: false },
  spawn_error: { on_failure: false, always: false, isCrash: false },
  lost: { on_failure: true, always: true, isCrash: true },
};

const everyEnd = reasons.flatMap((reason) =>
  restartPolicies.map((restart) => ({ reason, restart, goesOn: restart !== "never" && afterReason[reason][restart] })),
);

describe("an attempt that has ended", () => {
  it.each(everyEnd)("for $reason under $restart is followed by another: $goesOn", ({ reason, restart, goesOn }) => {
    const decision = decideRestart({ ...onFailure, restart }, noHistory, { reason, uptimeMs: 5 }, middle);
    const crashes = afterReason[reason].isCrash ? [5] : [];
    expect(decision).toEqual(
      goesOn ? { kind: "restart", delayMs: 1000, history: { streak: 1, uptimeMs: 5, crashes } } : { kind: "end" },
    );
  });
});

interface HistoryCase {
  readonly what: string;
  readonly rule?: Partial<RestartRule>;
  readonly history?: Partial<RestartHistory>;
  readonly reason?: Reason;
  readonly uptimeMs?: number;
  readonly decides: RestartDecision;
}

const restarts = (delayMs: number, streak: number, uptimeMs: number, crashes: number[]): RestartDecision => ({
  kind: "restart",
  delayMs,
  history: { streak, uptimeMs, crashes },
});
const givesUp = (count: number): RestartDecision => ({ kind: "give_up", restarts: count });
const fiveAtOnce = { streak: 5, uptimeMs: 0, crashes: [0, 0, 0, 0, 0] };

// biome-ignore format: a table
const histories: readonly HistoryCase[] = [
  { what: "the second crash waits twice as long", history: { streak: 1 }, decides: restarts(2000, 2, 0, [0]) },
  { what: "the seventh waits the longest delay", history: { streak: 6 }, decides: restarts(60_000, 7, 0, [0]) },
  { what: "the hundredth waits the longest delay too", history: { streak: 99 }, decides: restarts(60_000, 100, 0, [0]) },
  { what: "one that was up just short of stable goes on counting", history: { streak: 4 }, uptimeMs: 59_999, decides: restarts(16_000, 5, 59_999, [59_999]) },
  { what: "one that was up stable_seconds starts from the first delay", history: { streak: 4 }, uptimeMs: 60_000, decides: restarts(1000, 1, 60_000, [60_000]) },
  { what: "with stable_seconds 0 every stretch is stable", rule: { stableSeconds: 0 }, history: { streak: 4 }, decides: restarts(1000, 1, 0, [0]) },
  { what: "the fifth crash at once is followed by a restart", history: { streak: 4, crashes: [0, 0, 0, 0] }, decides: restarts(16_000, 5, 0, [0, 0, 0, 0, 0]) },
  { what: "the sixth crash at once is not", history: fiveAtOnce, decides: givesUp(5) },
  { what: "nor one that is one ms short of leaving the window", history: fiveAtOnce, uptimeMs: 59_999, decides: givesUp(5) },
  { what: "old crashes leave the window", history: fiveAtOnce, uptimeMs: 60_000, decides: restarts(1000, 1, 60_000, [60_000]) },
  { what: "only what is within the window counts", history: { streak: 5, uptimeMs: 100_000, crashes: [10_000, 20_000, 90_000, 95_000, 99_000] }, uptimeMs: 1000, decides: restarts(32_000, 6, 101_000, [90_000, 95_000, 99_000, 101_000]) },
  { what: "max_restarts 1 allows one", rule: { maxRestarts: 1 }, decides: restarts(1000, 1, 0, [0]) },
  { what: "max_restarts 1 allows no second", rule: { maxRestarts: 1 }, history: { streak: 1, crashes: [0] }, decides: givesUp(1) },
  { what: "max_restarts 0 never gives up and keeps no account", rule: { maxRestarts: 0 }, history: { streak: 2 }, decides: restarts(4000, 3, 0, []) },
  { what: "a clean end under always does not count", rule: { restart: "always" }, history: fiveAtOnce, reason: "completed", decides: restarts(32_000, 6, 0, [0, 0, 0, 0, 0]) },
  { what: "a rate limit under always does not count", rule: { restart: "always" }, history: fiveAtOnce, reason: "rate_limited", decides: restarts(32_000, 6, 0, [0, 0, 0, 0, 0]) },
  { what: "a window of no seconds holds nothing, so nobody gives up", rule: { maxSeconds: 0, maxRestarts: 1 }, history: { crashes: [0] }, decides: restarts(1000, 1, 0, []) },
  { what: "a stop wins over a full window", history: fiveAtOnce, reason: "stopped", decides: { kind: "end" } },
  { what: "a stall counts like a crash", history: fiveAtOnce, reason: "stalled", decides: givesUp(5) },
  { what: "a failed start ends it whatever the history", history: fiveAtOnce, reason: "spawn_error", decides: { kind: "end" } },
];

describe("a mission with a history", () => {
  it.each(histories)("$what", ({ rule, history, reason = "failed", uptimeMs = 0, decides }) => {
    expect(decideRestart({ ...onFailure, ...rule }, { ...noHistory, ...history }, { reason, uptimeMs }, middle)).toEqual(decides);
  });
});

const someRule = fc.record({
  backoffMs: fc.integer({ min: 0, max: 100_000 }),
  backoffMaxMs: fc.integer({ min: 0, max: 10_000_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const someStreak = fc.integer({ min: 1, max: 5000 });
const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe("the backoff", () => {
  it("stays within the jitter of its longest and of its plain value", () => {
    fc.assert(
      fc.property(someRule, someStreak, chance, (rule, streak, random) => {
        const delay = backoffDelay({ ...onFailure, ...rule }, streak, random);
        const plain = Math.min(rule.backoffMaxMs, rule.backoffMs * 2 ** Math.min(streak - 1, 52));
        expect(delay).toBeGreaterThanOrEqual(Math.floor(plain * (1 - rule.jitter)));
        expect(delay).toBeLessThanOrEqual(Math.ceil(plain * (1 + rule.jitter)));
        expect(Number.isSafeInteger(delay)).toBe(true);
      }),
    );
  });

  it("doubles until it is capped, and never shrinks as the streak grows", () => {
    fc.assert(
      fc.property(someRule, someStreak, (rule, streak) => {
        const [now, next] = [streak, streak + 1].map((one) => backoffDelay({ ...onFailure, ...rule }, one, middle)) as [
          number,
          number,
        ];
        expect(next).toBeGreaterThanOrEqual(now);
        if (next < rule.backoffMaxMs) expect(next).toBe(2 * now);
      }),
    );
  });

  it("varies by nothing without jitter", () => {
    fc.assert(fc.property(chance, (random) => backoffDelay({ ...onFailure, jitter: 0 }, 3, random) === 4000));
  });
});

/** Crashes until the rule gives up or the uptimes run out. */
function crashLoop(rule: RestartRule, uptimes: readonly number[]) {
  let history = noHistory;
  const restartedAt: number[] = [];
  for (const uptimeMs of uptimes) {
    const decision = decideRestart(rule, history, { reason: "failed", uptimeMs }, middle);
    if (decision.kind !== "restart") return { restartedAt, gaveUp: true };
    history = decision.history;
    restartedAt.push(history.uptimeMs);
  }
  return { restartedAt, gaveUp: false };
}

describe("giving up", () => {
  const limits = { maxRestarts: fc.integer({ min: 1, max: 12 }), maxSeconds: fc.integer({ min: 1, max: 100 }) };
  const uptimes = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 });

  it("lets no more than max_restarts restarts fall within max_seconds of running time", () => {
    fc.assert(
      fc.property(fc.record(limits), uptimes, (limit, stretches) => {
        const { restartedAt } = crashLoop({ ...onFailure, ...limit }, stretches);
        for (const end of restartedAt) {
          const within = restartedAt.filter((at) => at <= end && at > end - limit.maxSeconds * 1000);
          expect(within.length).toBeLessThanOrEqual(limit.maxRestarts);
        }
      }),
    );
  });

  it("never happens to an agent that crashes more slowly than that", () => {
    fc.assert(
      fc.property(fc.record(limits), fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 60 }), (limit, extra) => {
        const slow = Math.ceil((limit.maxSeconds * 1000) / limit.maxRestarts);
        expect(
          crashLoop(
            { ...onFailure, ...limit },
            extra.map((more) => slow + more),
          ).gaveUp,
        ).toBe(false);
      }),
    );
  });

  it("never happens with max_restarts 0, and the account does not grow", () => {
    const rule = { ...onFailure, maxRestarts: 0 };
    let history = noHistory;
    for (let crash = 0; crash < 1000; crash += 1) {
      const decision = decideRestart(rule, history, { reason: "failed", uptimeMs: 1 }, middle);
      if (decision.kind !== "restart") throw new Error(`gave up after ${crash} crashes`);
      history = decision.history;
    }
    expect(history.crashes).toEqual([]);
  });

  it.each([1, 2, 5, 10, 50])(
    "comes after exactly %i restarts of an agent that crashes at once, whatever the delays add up to",
    (maxRestarts) => {
      const { restartedAt, gaveUp } = crashLoop({ ...onFailure, maxRestarts }, Array(100).fill(1));
      expect({ restarts: restartedAt.length, gaveUp }).toEqual({ restarts: maxRestarts, gaveUp: true });
    },
  );
});
