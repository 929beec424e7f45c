import { describe, expect, it } from "vitest";
import type { ReaderState } from "../../../../src/providers/conversation.ts";
import { TurnActivity } from "../../../../src/supervisor/talk/turn-activity.ts";
import { TurnStall } from "../../../../src/supervisor/talk/turn-stall.ts";

const silence = { silentMs: 1000, evidence: { cpu_ms: 0, children_born: 0, processes: 1 } };

function session(canInterrupt = true) {
  const turns = {
    isWorking: true,
    turns: 0,
    interrupts: 0,
    interruptSilence() {
      this.interrupts += 1;
      return canInterrupt;
    },
  };
  return turns;
}

describe("a silent session", () => {
  it("is left alone between its turns", () => {
    const turns = { ...session(), isWorking: false };
    expect([new TurnStall(turns, "kill").decide(silence), turns.interrupts]).toEqual(["ignore", 0]);
  });

  it("is interrupted first, and what the policy says follows when that did not help", () => {
    const turns = session();
    const stall = new TurnStall(turns, "kill");
    expect([stall.decide(silence), stall.decide(silence), turns.interrupts]).toEqual(["again", "tell", 1]);
  });

  it("is interrupted in each of its turns", () => {
    const turns = session();
    const stall = new TurnStall(turns, "kill");
    stall.decide(silence);
    turns.turns += 1;
    expect([stall.decide(silence), turns.interrupts]).toEqual(["again", 2]);
  });

  it("is told of at once where it cannot be interrupted, or where it is not to be touched", () => {
    expect(new TurnStall(session(false), "kill").decide(silence)).toBe("tell");
    const untouched = session();
    expect([new TurnStall(untouched, "notify").decide(silence), untouched.interrupts]).toEqual(["tell", 0]);
  });
});

describe("an agent that only tries again", () => {
  const state = (turns: number, retries: number) => ({ turns, retries }) as ReaderState;
  const alive = (activity: TurnActivity) => {
    let signs = 0;
    activity.onActivity(() => {
      signs += 1;
    });
    return () => signs;
  };

  it("counts as alive for ten tries of a turn", () => {
    const activity = new TurnActivity();
    const signs = alive(activity);
    for (let retry = 1; retry <= 15; retry += 1) activity.heard(state(0, retry));
    expect({ signs: signs(), isOnlyRetrying: activity.isOnlyRetrying }).toEqual({ signs: 10, isOnlyRetrying: true });
  });

  it("is alive again when it says something else, and in the next turn", () => {
    const activity = new TurnActivity();
    for (let retry = 1; retry <= 11; retry += 1) activity.heard(state(0, retry));
    const signs = alive(activity);
    activity.heard(state(0, 11));
    expect({ signs: signs(), isOnlyRetrying: activity.isOnlyRetrying }).toEqual({ signs: 1, isOnlyRetrying: false });
    activity.heard(state(1, 11));
    activity.heard(state(1, 12));
    expect(activity.isOnlyRetrying).toBe(false);
  });
});
