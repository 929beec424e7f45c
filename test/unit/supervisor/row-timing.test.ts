import { describe, expect, it } from "vitest";
import type { MissionEvent } from "../../../src/events/domain-event.ts";
import { ageOf, backoffLeft, pausedMs, ranMs, timingAfter } from "../../../src/supervisor/row-timing.ts";
import { buildRow } from "../../support/builders.ts";

const day = 86_400_000;
const at = (ms: number, boot = "b1") => ({ boot, ms });
const started: MissionEvent = { type: "mission.started", attempt: 1, os_pid: 7 };
const paused: MissionEvent = { type: "mission.paused", attempt: 1, by: "cli" };
const unpaused: MissionEvent = { type: "mission.unpaused", attempt: 1, by: "cli" };

type Story = readonly (readonly [ms: number, event: MissionEvent])[];

/** A row after these events, each at its moment. */
function rowAfter(...story: Story) {
  let row = buildRow({ started_at: 5000, retry_at: 9000 });
  for (const [ms, event] of story) {
    const timing = timingAfter(event, row, at(ms));
    if (timing !== undefined) row = { ...row, timing };
  }
  return row;
}

describe("how long an attempt has run", () => {
  it.each([0, 5000 + day])("is told by the machine's clock, though the wall clock says %i", (wall) => {
    expect(ranMs(rowAfter([100, started]), at(350), wall)).toBe(250);
  });

  it("is told by the wall clock after the machine was started again, and is never less than nothing", () => {
    expect(ranMs(rowAfter([100, started]), at(350, "b2"), 5700)).toBe(700);
    expect(ranMs(rowAfter([100, started]), at(350, "b2"), 0)).toBe(0);
  });

  it("is nothing where its start is not known", () => {
    expect(ranMs(buildRow(), at(350), 5700)).toBe(0);
  });

  it("begins anew with the next attempt", () => {
    const starting: MissionEvent = {
      type: "mission.starting",
      attempt: 2,
      restarts: 1,
      history: { streak: 0, uptimeMs: 0, crashes: [] },
    };
    expect(rowAfter([100, started], [200, starting]).timing).toBeNull();
  });
});

describe("how long it was paused", () => {
  const once: Story = [
    [200, paused],
    [250, unpaused],
  ];
  it.each<[string, Story, number]>([
    ["never", [], 0],
    ["once", once, 50],
    ["twice", [...once, [300, paused], [400, unpaused]], 150],
    ["once, and is now", [...once, [900, paused]], 150],
  ])("%s", (_, story, ms) => {
    expect(pausedMs(rowAfter([100, started], ...story), at(1000))).toBe(ms);
  });

  it("is not known after the machine was started again", () => {
    expect(pausedMs(rowAfter([100, started], [200, paused]), at(1000, "b2"))).toBe(0);
  });
});

describe("what is left of a backoff", () => {
  const backingOff: MissionEvent = {
    type: "mission.backing_off",
    attempt: 1,
    restart: 1,
    delay_ms: 1000,
    retry_at: 9000,
    history: { streak: 1, uptimeMs: 0, crashes: [] },
  };
  const row = rowAfter([100, started], [400, backingOff]);

  it.each([
    ["the rest", at(900), 8000 - day, 500],
    ["nothing once it has passed", at(1400), 8000 - day, 0],
    ["what the wall clock says after the machine was started again", at(5, "b2"), 8800, 200],
    ["no more than the rule gives when that was set back", at(5, "b2"), 8000 - day, 1100],
  ])("%s", (_, moment, wall, left) => {
    expect(backoffLeft(row, moment, wall, 1100)).toBe(left);
  });
});

it("the age of a mission is told by the machine's clock where its making was noted on it", () => {
  const row = buildRow({ created_at: 5000 });
  expect(ageOf(row, { createdMoment: at(100) }, at(130), 5000 + day)).toBe(30);
  expect(ageOf(row, { createdMoment: at(100, "b0") }, at(130), 5040)).toBe(40);
  expect(ageOf(row, {}, at(130), 5040)).toBe(40);
});
