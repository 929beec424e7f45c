import { describe, expect, it } from "vitest";
import { Stage } from "./stage.ts";

const by = "cli";

describe("a paused mission", () => {
  it("is stopped where it stands, and goes on", () => {
    const stage = new Stage().started().send({ type: "pause.requested", by });
    expect([stage.state, stage.orderNames]).toEqual(["paused", ["pause"]]);
    stage.send({ type: "unpause.requested", by });
    expect([stage.state, stage.orderNames]).toEqual(["running", ["pause", "unpause"]]);
    expect(stage.story.slice(-2)).toEqual(["paused", "unpaused"]);
  });

  it("is late by no second of its pauses", () => {
    const stage = new Stage({ policy: { timeoutMs: 1000 } }).started().pass(400);
    for (let pause = 0; pause < 3; pause += 1) {
      stage.send({ type: "pause.requested", by }).pass(5000).send({ type: "unpause.requested", by }).pass(100);
    }
    expect(stage.state).toBe("running");
    stage.pass(300);
    expect([stage.state, stage.last("mission.stopping").because]).toEqual(["terminating", "timeout"]);
  });

  it.each([
    ["stop", "SIGTERM", "terminating"],
    ["kill", "kill", "killing"],
  ] as const)("obeys a %s", (wish, order, state) => {
    const stage = new Stage().started().send({ type: "pause.requested", by }).ask(wish);
    expect([stage.state, stage.orderNames.at(-1)]).toEqual([state, order]);
  });

  it("that is taken up by another daemon stays paused, and all of it is stopped", () => {
    const stage = new Stage({ resume: { kind: "adopt", wish: null, ranMs: 10, isPaused: true } }).started(true);
    expect([stage.state, stage.orderNames]).toEqual(["paused", ["pause"]]);
    stage.send({ type: "unpause.requested", by });
    expect(stage.state).toBe("running");
  });

  it("begins its next attempt running", () => {
    const stage = new Stage({ policy: { restart: "always", backoffMs: 0, jitter: 0 } }).started();
    stage.send({ type: "pause.requested", by }).ends({ exitCode: 1, signal: "SIGKILL" }).pass(0).started();
    expect([stage.state, stage.starts.length]).toEqual(["running", 2]);
  });
});
