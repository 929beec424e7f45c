import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allProviders } from "../../../../src/providers/registry.ts";
import { type Rung, rungs } from "../../../../src/supervisor/talk/ending-rule.ts";
import { EndingWalk } from "../../../../src/supervisor/talk/ending-walk.ts";
import { SteppingClock } from "../../../support/stepping-clock.ts";

const agents = allProviders.filter(({ kind }) => kind !== "raw");
const sum = (steps: readonly Rung[]) => steps.reduce((total, { waitMs }) => total + waitMs, 0);

describe("the ladder of an agent's session", () => {
  it.each(agents.map((provider) => [provider.kind, provider] as const))("of %s is climbed rung by rung", (_, provider) => {
    const climbed = rungs(provider.endingLadder("session"), { graceMs: 10_000, stopSignal: "SIGTERM", isIdle: false });
    expect(climbed.map((rung) => rung.do)).toEqual(["interrupt", "close_stdin", "signal"]);
    expect(climbed.at(-1)).toMatchObject({ signal: "SIGTERM" });
  });

  it("leaves out the interrupt where no turn runs", () => {
    for (const provider of agents) {
      const climbed = rungs(provider.endingLadder("session"), { graceMs: 10_000, stopSignal: "SIGTERM", isIdle: true });
      expect(climbed.map((rung) => rung.do)).toEqual(["close_stdin", "signal"]);
    }
  });

  it("ends with the mission's own stop signal", () => {
    for (const provider of agents)
      for (const type of ["task", "session"] as const) {
        const climbed = rungs(provider.endingLadder(type), { graceMs: 10_000, stopSignal: "SIGQUIT", isIdle: false });
        expect(climbed.at(-1)).toMatchObject({ do: "signal", signal: "SIGQUIT" });
      }
  });

  it("never takes longer than the grace, and no rung longer than it is given", () => {
    const circumstances = fc.record({
      graceMs: fc.integer({ min: 0, max: 60_000 }),
      stopSignal: fc.constantFrom<NodeJS.Signals>("SIGTERM", "SIGINT"),
      isIdle: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...agents),
        fc.constantFrom("task" as const, "session" as const),
        circumstances,
        (provider, type, now) => {
          const climbed = rungs(provider.endingLadder(type), now);
          expect(sum(climbed)).toBeLessThanOrEqual(now.graceMs + 0.001);
          for (const { waitMs } of climbed) expect(waitMs).toBeLessThanOrEqual(3_000);
        },
      ),
    );
  });
});

describe("the way down it", () => {
  const steps: readonly Rung[] = [
    { do: "interrupt", waitMs: 2000 },
    { do: "close_stdin", waitMs: 1000 },
    { do: "signal", signal: "SIGTERM", waitMs: 500 },
  ];
  const start = (canInterrupt = true) => {
    const clock = new SteppingClock();
    const done: string[] = [];
    const walk = new EndingWalk(
      steps,
      {
        interrupt: () => {
          if (canInterrupt) done.push("interrupt");
          return canInterrupt;
        },
        closeStdin: () => done.push("close"),
        signal: (signal) => done.push(signal),
      },
      clock,
    );
    return { clock, done, walk };
  };

  it("waits for each rung as long as that is given", async () => {
    const { clock, done } = start();
    expect(done).toEqual(["interrupt"]);
    await clock.pass(1999);
    expect(done).toEqual(["interrupt"]);
    await clock.pass(1);
    await clock.pass(1000);
    expect(done).toEqual(["interrupt", "close", "SIGTERM"]);
    await clock.pass(10_000);
    expect(done).toHaveLength(3);
  });

  it("goes on as soon as the interrupted turn has ended, once", () => {
    const { done, walk } = start();
    walk.turnEnded();
    walk.turnEnded();
    expect(done).toEqual(["interrupt", "close"]);
  });

  it("does not wait for an interrupt that cannot be", () => {
    expect(start(false).done).toEqual(["close"]);
  });

  it("stops when the agent is gone", async () => {
    const { clock, done, walk } = start();
    walk.close();
    await clock.pass(10_000);
    expect({ done, timers: clock.timerCount }).toEqual({ done: ["interrupt"], timers: 0 });
  });
});
