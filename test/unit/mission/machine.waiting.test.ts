import { describe, expect, it } from "vitest";
import { Stage } from "./stage.ts";

const by = "cli";
const asks = { type: "agent.waits", waitingFor: "answer", until: null, note: "Bash: npm test" } as const;
const limited = { exitCode: 1, verdict: "rate_limited", until: 5000, note: "429" } as const;
const end = { attempt: 2, exit_code: 1, signal: null, reason: "rate_limited", ended_at: 5, leftovers: [] } as const;

describe("a mission whose agent waits for an answer", () => {
  it("tells what is asked, and goes on when it is answered", () => {
    const stage = new Stage().started().send(asks);
    expect(stage.last("mission.waiting")).toMatchObject({ waiting_for: "answer", note: "Bash: npm test", attempt: 1 });
    stage.send({ type: "agent.goes_on", by });
    expect([stage.state, stage.last("mission.resumed").by]).toEqual(["running", by]);
  });

  it("is late by no second of its waits, however often it asks in one of them", () => {
    const stage = new Stage({ policy: { timeoutMs: 1000 } }).started().pass(400);
    for (let wait = 0; wait < 3; wait += 1) {
      stage.send(asks).pass(3000).send(asks).pass(2000).send({ type: "agent.goes_on" }).pass(100);
    }
    expect(stage.state).toBe("running");
    stage.pass(300);
    expect(stage.last("mission.stopping").because).toBe("timeout");
  });

  it("still waits when another daemon takes it up", () => {
    const waits = { waitingFor: "answer", until: null, note: "" } as const;
    const stage = new Stage({ resume: { kind: "adopt", wish: null, ranMs: 5, waits } }).started(true);
    expect([stage.state, stage.story]).toEqual(["waiting", ["adopted"]]);
  });
});

const resuming = { autoResume: true };

describe("a mission whose agent met a limit", () => {
  it("is parked until the limit is over, and its next attempt is no restart", () => {
    const stage = new Stage({ policy: { ...resuming, restart: "on_failure" } }).started().ends(limited);
    expect(stage.last("mission.waiting")).toMatchObject({ waiting_for: "limit", until: 5000, note: "429" });
    stage.send({ type: "agent.goes_on" });
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 2, restarts: 0, history: { resumes: 1 } });
  });

  it("ends where it may not go on by itself", () => {
    const stage = new Stage({ policy: { autoResume: false } }).started().ends(limited);
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", reason: "rate_limited" });
  });

  it("ends when it went on as often as it may", () => {
    const stage = new Stage({ policy: { ...resuming, maxResumes: 2 } });
    for (let time = 0; time < 3; time += 1) stage.started().ends(limited).send({ type: "agent.goes_on" });
    expect([stage.state, stage.starts.length]).toEqual(["ended", 3]);
  });

  it("is stopped while it is parked", () => {
    const stage = new Stage({ policy: resuming }).started().ends(limited).ask("stop");
    expect(stage.last("mission.ended")).toMatchObject({ status: "stopped", reason: "stopped" });
  });

  it("is told anew until when, while it is parked", () => {
    const stage = new Stage({ policy: resuming }).started().ends(limited);
    stage.send({ type: "agent.waits", waitingFor: "limit", until: 9000, note: "later" });
    expect([stage.state, stage.last("mission.waiting").until]).toEqual(["parked", 9000]);
  });

  it("spends no restart on a limit: only its crashes do", () => {
    const stage = new Stage({ policy: { ...resuming, restart: "on_failure", maxRestarts: 1, backoffMs: 0, jitter: 0 } });
    for (let time = 0; time < 5; time += 1) stage.started().ends(limited).send({ type: "agent.goes_on" });
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 6, restarts: 0, history: { crashes: [] } });
    stage.started().ends({ exitCode: 1 }).pass(1);
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 7, restarts: 1 });
    stage.started().ends(limited).send({ type: "agent.goes_on" });
    stage.started().ends({ exitCode: 1 });
    expect(stage.story.slice(-2)).toEqual(["gave_up", "ended"]);
  });

  it("is not started again by its restarts while its account is limited", () => {
    let isLimited = true;
    const waits = { waitingFor: "limit", until: 9000, note: "limited" } as const;
    const keptFrom = () => (isLimited ? waits : null);
    const stage = new Stage({ policy: { restart: "on_failure", backoffMs: 100, jitter: 0 }, keptFrom });
    stage.started().ends({ exitCode: 1 }).pass(100);
    expect([stage.state, stage.last("mission.waiting").until]).toEqual(["parked", 9000]);
    isLimited = false;
    stage.send({ type: "agent.goes_on" });
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 2, restarts: 1 });
    expect(stage.starts.at(-1)?.history.resumes).toBeUndefined();
  });

  it("is parked still for the next daemon", () => {
    const waits = { waitingFor: "limit", until: 5000, note: "" } as const;
    const stage = new Stage({ attempt: 2, resume: { kind: "parked", waits, end } });
    expect([stage.state, stage.story]).toEqual(["parked", []]);
    stage.send({ type: "agent.goes_on" });
    expect(stage.starts).toMatchObject([{ attempt: 3, restarts: 0 }]);
  });
});

describe("a mission that spent its budget", () => {
  it("is ended, then waits for a person, who lets it go on", () => {
    const stage = new Stage().started().send({ type: "budget.exceeded" });
    expect(stage.last("mission.stopping").because).toBe("budget");
    stage.ends();
    expect([stage.state, stage.last("mission.waiting").waiting_for]).toEqual(["parked", "budget"]);
    stage.send({ type: "agent.goes_on", by });
    expect(stage.starts.at(-1)).toMatchObject({ attempt: 2, restarts: 0 });
  });

  it("ends for good where its policy says so", () => {
    const stage = new Stage({ policy: { onBudget: "stop", restart: "always" } })
      .started()
      .send({ type: "budget.exceeded" })
      .ends();
    expect(stage.last("mission.ended")).toMatchObject({ status: "crashed", reason: "budget" });
  });
});

describe("a mission that is handed over", () => {
  it("ends its agent, stays paused without one, and starts the next when it is given back", () => {
    const stage = new Stage({ policy: { restart: "always" } }).started().send({ type: "handover.requested", by }).ends();
    expect([stage.state, stage.story.slice(-2)]).toEqual(["handedOver", ["attempt_ended", "handed_over"]]);
    stage.send({ type: "unpause.requested", by });
    expect([stage.starts.at(-1)?.attempt, stage.starts.at(-1)?.restarts]).toEqual([2, 0]);
  });

  it("obeys a kill on its way there", () => {
    const stage = new Stage().started().send({ type: "handover.requested", by }).ask("kill").ends();
    expect(stage.last("mission.ended").status).toBe("killed");
  });
});
