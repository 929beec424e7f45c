import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { type MissionEvent, noHistory } from "../../../src/events/domain-event.ts";
import { missionMachine } from "../../../src/mission/machine.ts";
import { processActor } from "../../../src/mission/process-actor.ts";
import type { ProcessOwner, Verdict } from "../../../src/mission/process-owner.ts";
import { defaultPolicy } from "../../../src/mission/spec.ts";
import type { Attempt } from "../../../src/runner/attempt.ts";
import type { AttemptListener } from "../../../src/runner/attempt-fact.ts";
import { SteppedClock } from "../../support/advance.ts";

/** A mission whose process tells what the test says; `judge` is what its agent's own words make of the end. */
function scene(judge: () => Promise<Verdict> | null = () => null) {
  const events: MissionEvent[] = [];
  let listener: AttemptListener = () => {};
  const owner: ProcessOwner = {
    intend: () => {},
    awaitTurn: (start) => {
      start();
      return () => {};
    },
    start: (_, told) => {
      listener = told;
      return {} as Attempt;
    },
    adopt: () => "gone",
    holds: () => {},
    ranUnseen: () => null,
    mayRestart: () => true,
    endPolitely: () => false,
    setStopped: () => {},
    watch: () => () => {},
    judge,
    keepNames: [],
    decidesAlone: true,
    members: null,
  };
  const clock = new SteppedClock();
  const input = {
    id: "m1234567",
    policy: { ...defaultPolicy, memoryMaxBytes: 1 << 20 },
    attempt: 1,
    restarts: 0,
    history: noHistory,
    resume: { kind: "start" } as const,
    owner,
    ageMs: 0,
    now: () => clock.now(),
    monotonic: () => clock.now(),
    random: () => 0.5,
  };
  const actor = createActor(missionMachine.provide({ actors: { process: processActor } }), { input, clock });
  actor.on("*", (event) => events.push(event));
  actor.start();
  const shim = { pid: 10, start: "1" };
  listener({ type: "started", shim, agent: { pid: 11, start: "2" }, isAdopted: false });
  const ended = () => events.find((event) => event.type === "mission.attempt_ended");
  const ends = (isOutOfMemory?: boolean) =>
    listener({
      type: "exited",
      code: 137,
      signal: "SIGKILL",
      endedAt: 5,
      isClean: true,
      ...(isOutOfMemory === undefined ? {} : { isOutOfMemory }),
    });
  return { ends, ended };
}

describe("an attempt that the kernel ended for want of memory", () => {
  it("ends for that reason, and says who ended it", () => {
    const { ends, ended } = scene();
    ends(true);
    expect(ended()).toMatchObject({ reason: "memory", signal: "SIGKILL", note: "the kernel ended it at its memory limit" });
  });

  it("does so whatever its agent said before", async () => {
    const words = Promise.resolve({ verdict: "completed", note: "all done" } as const);
    const { ends, ended } = scene(() => words);
    ends(true);
    await words;
    expect(ended()).toMatchObject({ reason: "memory", note: "the kernel ended it at its memory limit" });
  });

  it("is not one that somebody else killed", () => {
    const { ends, ended } = scene();
    ends();
    expect(ended()).toMatchObject({ reason: "signaled", signal: "SIGKILL" });
  });
});
