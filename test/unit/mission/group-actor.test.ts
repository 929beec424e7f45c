import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { type MissionEvent, noHistory } from "../../../src/events/domain-event.ts";
import { groupActor } from "../../../src/mission/group-actor.ts";
import { missionMachine } from "../../../src/mission/machine.ts";
import type { MemberOrder, MissionRequest, Resume } from "../../../src/mission/machine-types.ts";
import type { GroupEnd, ProcessOwner } from "../../../src/mission/process-owner.ts";
import { defaultPolicy, type MissionPolicy } from "../../../src/mission/spec.ts";

/** A group's machine with members that do what the test says. */
function scene({
  policy,
  resume = { kind: "start" },
  isTurn = true,
  mayRestart = true,
}: {
  policy?: Partial<MissionPolicy>;
  resume?: Resume;
  isTurn?: boolean;
  mayRestart?: boolean;
} = {}) {
  const story: string[] = [];
  const events: MissionEvent[] = [];
  let tell: (end: GroupEnd) => void = () => undefined;
  const owner = {
    intend: () => story.push("intend"),
    mayRestart: () => mayRestart,
    awaitTurn: (start: () => void) => {
      if (isTurn) start();
      return () => story.push("take back");
    },
    members: {
      open: (mode: string, hear: (end: GroupEnd) => void) => {
        story.push(`open ${mode}`);
        tell = hear;
      },
      end: (how: MemberOrder) => story.push(how),
      close: () => story.push("close"),
    },
  } as unknown as ProcessOwner;
  const input = {
    id: "g2345678",
    policy: { ...defaultPolicy, ...policy },
    attempt: 1,
    restarts: 0,
    history: noHistory,
    resume,
    owner,
    ageMs: 0,
    now: () => 0,
    monotonic: () => 0,
    random: () => 0.5,
  };
  const actor = createActor(missionMachine.provide({ actors: { process: groupActor } }), { input });
  actor.on("*", (event) => events.push(event));
  actor.start();
  return {
    story,
    last: () => events.at(-1),
    types: () => events.map(({ type }) => type.replace("mission.", "")),
    ask: (type: MissionRequest["type"]) => actor.send({ type, by: "cli" } as MissionRequest),
    ended: (exitCode: number | null) => tell({ exitCode, endedAt: 5 }),
    leave: () => actor.send({ type: "daemon.leaves" }),
  };
}

describe("the process of a group", () => {
  it("runs as soon as it holds its members, without a pid", () => {
    const { story, last } = scene();
    expect(story).toEqual(["intend", "open start"]);
    expect(last()).toEqual({ type: "mission.started", attempt: 1, os_pid: null });
  });

  it("is taken up by the next daemon without a new start", () => {
    const { story, last } = scene({ resume: { kind: "adopt", wish: null, ranMs: 10 } });
    expect(story).toEqual(["open adopt"]);
    expect(last()?.type).toBe("mission.adopted");
  });

  it("goes on ending its members when the former daemon had begun to", () => {
    expect(scene({ resume: { kind: "adopt", wish: "stop", ranMs: 10 } }).story).toEqual(["open adopt", "stop"]);
    expect(scene({ resume: { kind: "adopt", wish: "kill", ranMs: 10 } }).story).toEqual(["open adopt", "kill"]);
  });

  it("is over only when its members are", () => {
    const group = scene();
    group.ask("stop.requested");
    expect([group.story.at(-1), group.last()?.type]).toEqual(["stop", "mission.stopping"]);
    group.ask("kill.requested");
    expect(group.story.at(-1)).toBe("kill");
    group.ended(null);
    expect(group.last()).toMatchObject({ type: "mission.ended", status: "killed", exit_code: null });
    expect(group.story.at(-1)).toBe("close");
  });

  it("crashes when it gives up, and restarts where a group holds it", () => {
    const alone = scene();
    alone.ended(1);
    expect(alone.last()).toMatchObject({ type: "mission.ended", status: "crashed", reason: "failed", exit_code: 1 });
    const held = scene({ policy: { restart: "on_failure", maxRestarts: 0 } });
    held.ended(1);
    expect(held.last()?.type).toBe("mission.backing_off");
  });

  it("announces no restart that the group which holds it does not allow", () => {
    const held = scene({ policy: { restart: "on_failure", maxRestarts: 0 }, mayRestart: false });
    held.ended(1);
    expect(held.types()).not.toContain("backing_off");
    expect(held.last()).toMatchObject({ type: "mission.ended", status: "stopped", reason: "group", exit_code: 1 });
    expect(held.last()).toHaveProperty("note", "its group gives up, so it does not start again");
  });

  it("that waits for its turn has nobody to end", () => {
    const group = scene({ isTurn: false });
    group.ask("stop.requested");
    expect(group.story).toEqual(["intend", "take back", "close"]);
    expect(group.last()).toMatchObject({ type: "mission.ended", status: "stopped" });
  });

  it("touches no member when the daemon leaves", () => {
    const group = scene();
    group.leave();
    expect(group.story).toEqual(["intend", "open start", "take back", "close"]);
    expect(group.types()).toEqual(["started"]);
  });
});
