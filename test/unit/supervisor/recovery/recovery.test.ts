import { describe, expect, it } from "vitest";
import type { MissionRow } from "../../../../src/store/rows.ts";
import { type Found, planRecovery, type RecoveryPlan } from "../../../../src/supervisor/recovery/recovery.ts";
import { buildAttempt, buildRow, buildSpec } from "../../../support/builders.ts";

const now = { moment: { boot: "b1", ms: 7000 }, wall: 100_000 };
const always = buildSpec({ policy: { restart: "always" } });

interface Case {
  readonly what: string;
  readonly row?: Partial<MissionRow>;
  readonly isSupervised?: true;
  readonly found: Found;
  /** In words: the kind, and what follows. */
  readonly plan: string;
}

// biome-ignore format: a table
const cases: readonly Case[] = [
  { what: "still runs", row: { status: "running", started_at: 99_000 }, found: "here", plan: "adopt null ran 1000" },
  { what: "was being stopped", row: { status: "stopping", started_at: 99_000, wish: "stop" }, found: "here", plan: "adopt stop ran 1000" },
  { what: "was being killed", row: { status: "stopping", wish: "kill" }, found: "here", plan: "adopt kill ran 0" },
  { what: "was being restarted", row: { status: "stopping", wish: "restart" }, found: "here", plan: "adopt restart ran 0" },
  { what: "had timed out", row: { status: "stopping", wish: "timeout" }, found: "here", plan: "adopt timeout ran 0" },
  { what: "started before the clock was set back", row: { started_at: 200_000 }, found: "here", plan: "adopt null ran 0" },
  { what: "is of another pid namespace", found: "elsewhere", plan: "leave_alone" },
  { what: "is of another pid namespace and was to be killed", row: { wish: "kill" }, found: "elsewhere", plan: "leave_alone" },
  { what: "may have run", found: "unclear", plan: "lost, give_up" },
  { what: "may have run and is supervised", isSupervised: true, found: "unclear", plan: "lost, give_up" },
  { what: "nobody claimed", row: { status: "starting" }, found: "unclaimed", plan: "start" },
  { what: "never started", found: "never_started", plan: "lost, start_again" },
  { what: "never started and was to be restarted", row: { wish: "restart" }, found: "never_started", plan: "lost, start_again" },
  { what: "never started and was stopped", row: { wish: "stop" }, found: "never_started", plan: "lost, give_up" },
  { what: "never started and was killed", row: { wish: "kill" }, found: "never_started", plan: "lost, give_up" },
  { what: "ran before a reboot", found: "other_boot", plan: "lost, give_up" },
  { what: "ran before a reboot and is supervised", isSupervised: true, found: "other_boot", plan: "lost, start_next" },
  { what: "ran before a reboot, is supervised, and had timed out", isSupervised: true, row: { wish: "timeout" }, found: "other_boot", plan: "lost, start_next" },
  { what: "ran before a reboot, is supervised, and was stopped", isSupervised: true, row: { wish: "stop" }, found: "other_boot", plan: "lost, give_up" },
];

function inWords(plan: RecoveryPlan): string {
  if (plan.kind === "leave_alone") return plan.kind;
  if (plan.kind === "record_lost") return `${plan.end.reason}, ${plan.next}`;
  const { resume } = plan;
  if (resume.kind === "adopt") return `adopt ${resume.wish} ran ${resume.ranMs}`;
  if (resume.kind === "ended") return `ended ${resume.wish} ran ${resume.ranMs}`;
  return resume.kind === "backing_off" ? `backing_off ${resume.delayMs}` : resume.kind;
}

describe("an attempt without an end on record", () => {
  it.each([...cases])("that $what: $plan", ({ row, isSupervised, found, plan }) => {
    const stored = buildRow({ status: "running", attempt: 3, restarts: 2, ...row }, isSupervised ? always : buildSpec());
    expect(inWords(planRecovery(stored, buildAttempt({ attempt: 3 }), () => found, now))).toBe(plan);
  });

  it("keeps its numbers and is not intended a second time", () => {
    const plan = planRecovery(buildRow({ status: "running", attempt: 3, restarts: 2 }), undefined, () => "here", now);
    expect(plan).toMatchObject({ kind: "resume", attempt: 3, restarts: 2, isIntended: true });
  });

  it("that is lost has no exit code, and says why", () => {
    const plan = planRecovery(buildRow({ attempt: 3 }), undefined, () => "other_boot", now);
    expect(plan).toMatchObject({
      end: { attempt: 3, exit_code: null, signal: null, ended_at: null, note: expect.stringContaining("machine") },
    });
  });
});

describe("an attempt whose end is on record", () => {
  const attempt = buildAttempt({
    attempt: 3,
    exit_code: 4,
    reason: "failed",
    ended_at: 90_000,
    uptime_ms: 700,
    leftovers: [{ pid: 1, command: "x" }],
  });
  const planned = (row: Partial<MissionRow>, wall = now.wall, boot = "b1") =>
    planRecovery(
      buildRow({ attempt: 3, ...row }),
      attempt,
      () => {
        throw new Error("the world was asked");
      },
      { moment: { boot, ms: 7000 }, wall },
    );
  const backingOff = { status: "restarting", retry_at: 101_000 } as const;

  it("is decided from the record alone", () => {
    expect(planned({ status: "stopping", wish: "stop" })).toEqual({
      kind: "resume",
      attempt: 3,
      restarts: 0,
      isIntended: true,
      resume: {
        kind: "ended",
        wish: "stop",
        ranMs: 700,
        end: {
          attempt: 3,
          exit_code: 4,
          signal: null,
          reason: "failed",
          ended_at: 90_000,
          leftovers: [{ pid: 1, command: "x" }],
        },
      },
    });
  });

  it.each([
    ["the rest of its delay", 100_000, 1000],
    ["nothing once the time has come", 101_000, 0],
    ["nothing when the time passed long ago", 999_000, 0],
    ["no more than the rule can give when the clock was set back", 0, 66_000],
  ])("that backs off waits %s", (_, at, delayMs) => {
    expect(inWords(planned(backingOff, at))).toBe(`backing_off ${delayMs}`);
  });

  it.each([0, 99_999_999])("that backs off waits the rest of its delay though the wall clock says %i", (wall) => {
    const timing = { boot: "b1", startedMs: 1000, retryMs: 7400 };
    expect(inWords(planned({ ...backingOff, timing }, wall))).toBe("backing_off 400");
  });

  it("that backs off trusts the wall clock after the machine was started again", () => {
    const timing = { boot: "b0", startedMs: 1000, retryMs: 7400 };
    expect(inWords(planned({ ...backingOff, timing }, 100_300))).toBe("backing_off 700");
  });

  it.each(["stop", "kill"] as const)("that backs off obeys a %s that was recorded, though its end was not", (wish) => {
    expect(inWords(planned({ ...backingOff, wish }))).toBe(`ended ${wish} ran 700`);
  });

  it("that backs off goes on doing so when a restart was asked", () => {
    expect(inWords(planned({ ...backingOff, wish: "restart" }))).toBe("backing_off 1000");
  });
});
