import { describe, expect, it } from "vitest";
import { explain } from "../../../src/commands/why/explain.ts";
import { shownBytes } from "../../../src/commands/why/shown-bytes.ts";
import { type AgentMove, type MissionEvent, noHistory } from "../../../src/events/domain-event.ts";
import { eventData } from "../../../src/events/history-view.ts";
import type { EventView } from "../../../src/protocol/messages.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";
import { missionView } from "../../../src/supervisor/mission-view.ts";
import { buildRow, buildSpec } from "../../support/builders.ts";

const start = Date.parse("2026-01-31T12:00:00.000Z");
const at = (seconds: number) => start + seconds * 1000;

/** Events a second apart, beginning at `start`. */
function recorded(facts: readonly MissionEvent[]): EventView[] {
  return facts.map(({ type, ...data }, index) => ({
    seq: index + 1,
    time: new Date(at(index)).toISOString(),
    type,
    mission: "a2345678",
    attempt: "attempt" in data ? (data.attempt ?? null) : null,
    data: eventData(data),
  }));
}

const view = (changes: Partial<MissionView> = {}): MissionView => ({
  ...missionView(buildRow({ created_at: start }, buildSpec({ name: "web" })), [], []),
  ...changes,
});

type Move = Extract<MissionEvent, { type: "mission.agent_moved" }>;

const created: MissionEvent = { type: "mission.created", name: "web", command: "npm start", parent: null };
const starting: MissionEvent = { type: "mission.starting", attempt: 1, restarts: 0, history: noHistory };
const started: MissionEvent = { type: "mission.started", attempt: 1, os_pid: 77 };
const end = { attempt: 1, exit_code: null, signal: null, ended_at: at(3), leftovers: [], uptime_ms: 2000 } as const;
const ended: MissionEvent = { type: "mission.attempt_ended", ...end, exit_code: 3, reason: "failed" };
const stopAsked: MissionEvent = { type: "mission.stop_requested", wish: "stop", by: "cli", cause: null };
const noEvidence = { cpu_ms: null, children_born: null, processes: null };

// biome-ignore format: a table
const sentences: readonly [MissionEvent, string | null][] = [
  [created, "Made as web: npm start"],
  [{ ...created, parent: "b2345678" }, "Made as web, a child of b2345678: npm start"],
  [{ type: "mission.queued", waiting_for: "dependency", until: null, note: "waits for build to end with success" }, "Queued: waits for build to end with success."],
  [{ type: "mission.queued", waiting_for: "slot", until: null, note: "" }, "Queued: waits for a free slot of its pool."],
  [{ type: "mission.queued", waiting_for: "delay", until: at(60), note: "" }, "Queued: waits for its delay to pass, until 2026-01-31 12:01:00Z."],
  [{ type: "mission.released" }, "Nothing keeps it waiting any more: released from the queue."],
  [starting, "Attempt 1 was about to start."],
  [started, "Attempt 1 started, pid 77."],
  [{ type: "mission.started", attempt: 2, os_pid: null }, "Attempt 2 started."],
  [{ type: "mission.adopted", attempt: 1, os_pid: 77 }, "A new daemon took it up: attempt 1 was still running, pid 77."],
  [stopAsked, "The command line asked for it to be stopped."],
  [{ type: "mission.stop_requested", wish: "kill", by: "client", cause: null }, "A client asked for it to be killed."],
  [{ type: "mission.stop_requested", wish: "restart", by: "b2345678", cause: null }, "Mission b2345678 asked for it to be restarted."],
  [{ type: "mission.stop_requested", wish: "stop", by: "shutdown", cause: null }, "Overmind shutdown --kill asked for it to be stopped."],
  [{ type: "mission.stop_requested", wish: "stop", by: "daemon", cause: "parent" }, "Its parent has ended, so it is stopped too."],
  [{ type: "mission.stop_requested", wish: "kill", by: "daemon", cause: "group" }, "Its group had it killed."],
  [{ type: "mission.paused", attempt: 1, by: "cli" }, "Paused by the command line: all its processes stand still."],
  [{ type: "mission.unpaused", attempt: 1, by: "client" }, "Goes on: unpaused by a client."],
  [
    { type: "mission.asked", attempt: 1, request_id: "r1", kind: "permission", tool: "Bash", input: {}, what: "ls", options: [] },
    "Its agent asks (r1): Bash: ls",
  ],
  [
    { type: "mission.answered", attempt: 1, request_id: "r1", tool: "Bash", decision: "deny", by: "cli", message: "no", option: null, is_edited: false },
    "Bash was denied by the command line: no.",
  ],
  [
    { type: "mission.answered", attempt: 1, request_id: "r1", tool: "Bash", decision: "allow", by: "rule: approvals[0] Bash", message: null, option: "always", is_edited: true },
    "Bash was allowed by the rule approvals[0] Bash, with other input, by its option always.",
  ],
  [
    { type: "mission.message_refused", attempt: 1, message: "m1", note: "too long" },
    "Its agent refused a message: too long.",
  ],
  [{ type: "mission.withdrawn", attempt: 1, request_id: "r1", tool: "Bash" }, "Its agent asks that no more: Bash (r1)."],
  [
    { type: "mission.stalled", attempt: 1, silent_ms: 30_000, on_stall: "notify", evidence: { cpu_ms: 9800, children_born: 1, processes: 2 } },
    "No output for 30s: only noted, as --on-stall notify asks. Since then its processes used 9s of processor time, 1 child began, 2 processes run.",
  ],
  [
    { type: "mission.stalled", attempt: 1, silent_ms: 2000, on_stall: "kill", evidence: noEvidence },
    "No output for 2s: attempt 1 counts as stalled and is ended. What its processes did meanwhile could not be measured.",
  ],
  [
    { type: "mission.stalled", attempt: 2, silent_ms: 2000, on_stall: "interrupt", evidence: { ...noEvidence, processes: 1 } },
    "No output for 2s: attempt 2 counts as stalled and is interrupted. Since then 1 process runs.",
  ],
  [{ type: "mission.memory_exceeded", attempt: 1, bytes: 3 * 1024 ** 3, limit: 2 * 1024 ** 3 }, "Its processes held 3 GiB, more than the 2 GiB it may: attempt 1 is ended."],
  [{ type: "mission.deadline_passed", deadline_ms: 3_600_000 }, "Its deadline of 1h00m has passed: it is ended for good."],
  [{ type: "mission.stopping", attempt: 1, because: "timeout" }, "Attempt 1 ran longer than its timeout allows and is ended."],
  [{ type: "mission.stopping", attempt: 1, because: "sweep" }, "The attempt has ended; what it left behind is looked for."],
  [{ type: "mission.stopping", attempt: 1, because: "stop" }, null],
  [{ type: "mission.signalled", attempt: 1, signal: "SIGHUP", by: "cli" }, "SIGHUP was sent to it by the command line."],
  [{ type: "mission.attempt_ended", ...end, exit_code: 0, reason: "completed" }, "Attempt 1 ended with success after 2s."],
  [{ type: "mission.attempt_ended", ...end, exit_code: 3, reason: "completed" }, "Attempt 1 ended with success (exit code 3) after 2s."],
  [ended, "Attempt 1 failed with exit code 3 after 2s."],
  [{ type: "mission.attempt_ended", ...end, signal: "SIGSEGV", exit_code: 139, reason: "signaled" }, "Attempt 1 was ended by SIGSEGV after 2s, which Overmind did not send."],
  [{ type: "mission.turn_ended", attempt: 1, turn: 2, outcome: "interrupted", error: "[diagnostic] aborted", usage: {} }, "Turn 2 was interrupted."],
  [{ type: "mission.turn_ended", attempt: 1, turn: 2, outcome: "failed", error: "no route", usage: {} }, "Turn 2 ended without success: no route"],
  [{ type: "mission.attempt_ended", ...end, signal: "SIGTERM", exit_code: 143, reason: "stopped" }, "Attempt 1 ended by SIGTERM (stopped) after 2s."],
  [{ type: "mission.attempt_ended", ...end, signal: "SIGKILL", reason: "timeout" }, "Attempt 1 ended by SIGKILL (timeout) after 2s."],
  [{ type: "mission.attempt_ended", ...end, reason: "lost", ended_at: null }, "Attempt 1 ended unseen: nobody knows how."],
  [{ type: "mission.attempt_ended", ...end, exit_code: 127, reason: "spawn_error", note: "no such file" }, "Attempt 1 could not be started: no such file."],
  [
    { type: "mission.attempt_ended", ...end, exit_code: 0, reason: "completed", leftovers: [{ pid: 9, command: "sleep 9" }] },
    "Attempt 1 ended with success after 2s. It left 1 process behind: sleep 9 (9).",
  ],
  [
    { type: "mission.attempt_ended", ...end, exit_code: 0, reason: "completed", leftovers: [1, 2, 3, 4, 5].map((pid) => ({ pid, command: "x" })) },
    "Attempt 1 ended with success after 2s. It left 5 processes behind: x (1), x (2), x (3), and 2 more.",
  ],
  [
    { type: "mission.backing_off", attempt: 3, restart: 3, delay_ms: 4000, retry_at: at(9), history: noHistory },
    "Restart 3 of 5 follows after 4s, at 2026-01-31 12:00:09Z.",
  ],
  [{ type: "mission.gave_up", attempt: 3, restarts: 2, within_seconds: 60 }, "Gave up: it had been restarted twice within 60s of running."],
  [{ type: "mission.ended", attempt: 1, status: "crashed", reason: "failed", exit_code: 3, signal: null }, "Crashed (failed, exit code 3)."],
  [{ type: "mission.ended", attempt: 1, status: "killed", reason: "killed", exit_code: 137, signal: "SIGKILL" }, "Killed (SIGKILL)."],
  [{ type: "mission.ended", attempt: 1, status: "stopped", reason: "stopped", exit_code: null, signal: null }, "Stopped."],
  [{ type: "mission.ended", attempt: 1, status: "stopped", reason: "completed", exit_code: null, signal: null }, "Stopped (completed)."],
  [{ type: "mission.removed" }, "Removed, with its files."],
];

describe("an event as a sentence", () => {
  it.each(sentences.map(([event, text]) => [event.type, event, text] as const))("%s", (_, event, text) => {
    const { story } = explain(recorded([event]), view(), at(100));
    expect(story.map((line) => line.text)).toEqual(text === null ? [] : [text]);
  });

  it("of a newer daemon is left out", () => {
    const strange = recorded([created]).map((event) => ({ ...event, type: "mission.teleported" }));
    expect(explain(strange, view(), start).story).toEqual([]);
  });
});

describe("a story", () => {
  it("tells who sent the signal that ended an attempt, and only of that attempt", () => {
    const byInterrupt: MissionEvent = { type: "mission.attempt_ended", ...end, signal: "SIGINT", reason: "signaled" };
    const sent: MissionEvent = { type: "mission.signalled", attempt: 1, signal: "SIGINT", by: "cli" };
    const facts: MissionEvent[] = [
      starting,
      started,
      sent,
      byInterrupt,
      { ...starting, attempt: 2 },
      { ...byInterrupt, attempt: 2 },
    ];
    const texts = explain(recorded(facts), view(), at(60)).story.map(({ text }) => text);
    expect(texts.slice(-2)).toEqual([
      "Attempt 2 was about to start.",
      "Attempt 2 was ended by SIGINT after 2s, which Overmind did not send.",
    ]);
    expect(texts).toContain("Attempt 1 was ended by SIGINT after 2s, which the command line sent.");
  });

  it("tells each thing once, with number and time", () => {
    const facts: MissionEvent[] = [
      created,
      starting,
      started,
      { type: "mission.stopping", attempt: 1, because: "timeout" },
      { type: "mission.stopping", attempt: 1, because: "timeout" },
      { type: "mission.attempt_ended", ...end, signal: "SIGKILL", reason: "timeout" },
      { type: "mission.ended", attempt: 1, status: "crashed", reason: "timeout", exit_code: null, signal: "SIGKILL" },
    ];
    const { story } = explain(recorded(facts), view({ status: "crashed", reason: "timeout" }), at(60));
    expect(story).toEqual([
      { seq: 1, time: "2026-01-31T12:00:00.000Z", text: "Made as web: npm start" },
      { seq: 3, time: "2026-01-31T12:00:02.000Z", text: "Attempt 1 started, pid 77." },
      { seq: 4, time: "2026-01-31T12:00:03.000Z", text: "Attempt 1 ran longer than its timeout allows and is ended." },
      { seq: 6, time: "2026-01-31T12:00:05.000Z", text: "Attempt 1 ended by SIGKILL (timeout) after 2s." },
      { seq: 7, time: "2026-01-31T12:00:06.000Z", text: "Crashed (timeout, SIGKILL)." },
    ]);
  });
});

const wait: MissionEvent = {
  type: "mission.backing_off",
  attempt: 1,
  restart: 4,
  delay_ms: 8000,
  retry_at: at(70),
  history: noHistory,
};
const gaveUp: MissionEvent = { type: "mission.gave_up", attempt: 1, restarts: 5, within_seconds: 60 };
const over: MissionEvent = { type: "mission.ended", attempt: 1, status: "crashed", reason: "failed", exit_code: 3, signal: null };
const final = { ended_at: new Date(at(30)).toISOString() };

// biome-ignore format: a table
const summaries: readonly [what: string, facts: readonly MissionEvent[], mission: Partial<MissionView>, text: string][] = [
  ["queued for others", [created, { type: "mission.queued", waiting_for: "dependency", until: null, note: "waits for build to end" }],
    { status: "queued", waiting_for: "dependency" }, "web is queued: waits for build to end since 59s ago (2026-01-31 12:00:01Z)."],
  ["queued for a time", [created, { type: "mission.queued", waiting_for: "delay", until: at(90), note: "" }],
    { status: "queued", waiting_for: "delay", until: new Date(at(90)).toISOString() },
    "web is queued: waits for its delay to pass since 59s ago (2026-01-31 12:00:01Z), until in 30s (2026-01-31 12:01:30Z)."],
  ["queued with an empty log", [], { status: "queued", waiting_for: "slot" }, "web is queued: waits for a free slot of its pool."],
  ["starting", [created, starting], { status: "starting" }, "web is starting attempt 1 since 59s ago (2026-01-31 12:00:01Z)."],
  ["running", [created, starting, started], { status: "running", os_pid: 77 }, "web has run for 58s, since 2026-01-31 12:00:02Z (attempt 1, pid 77)."],
  ["running after restarts", [{ ...started, attempt: 3 }], { status: "running", attempt: 3, restart_count: 2, os_pid: 77 },
    "web has run for 1m00s, since 2026-01-31 12:00:00Z (attempt 3, pid 77), after 2 restarts."],
  ["running and silent", [started, { type: "mission.stalled", attempt: 1, silent_ms: 1, on_stall: "notify", evidence: noEvidence }], { status: "running" },
    "web has run for 1m00s, since 2026-01-31 12:00:00Z (attempt 1); it was noted as silent 59s ago (2026-01-31 12:00:01Z)."],
  ["paused", [started, { type: "mission.paused", attempt: 1, by: "cli" }], { status: "paused" }, "web is paused since 59s ago (2026-01-31 12:00:01Z), by the command line. Let it go on: overmind unpause web."],
  ["paused for a person who has its conversation", [started, { ...stopAsked, wish: "handover", by: "client" } as MissionEvent, { type: "mission.handed_over", attempt: 1, by: "daemon" }], { status: "paused" },
    "web is paused since 58s ago (2026-01-31 12:00:02Z), by a client: a person has its conversation. It goes on when they leave; to end that now: overmind detach web."],
  ["waiting for a limit", [started, { type: "mission.waiting", attempt: 1, waiting_for: "limit", until: at(90), note: "429" }],
    { status: "waiting", waiting_for: "limit", until: new Date(at(90)).toISOString() },
    "web waits for a limit to pass since 59s ago (2026-01-31 12:00:01Z), until in 30s (2026-01-31 12:01:30Z): 429. Let it go on now: overmind unpause web."],
  ["ended by a signal that somebody sent", [starting, started, { type: "mission.signalled", attempt: 1, signal: "SIGINT", by: "cli" }],
    { ...final, status: "crashed", reason: "signaled", signal: "SIGINT" }, "web crashed 30s ago (2026-01-31 12:00:30Z): a signal ended it that the command line sent (SIGINT)."],
  ["ended by a signal, long after another attempt was sent one", [{ type: "mission.signalled", attempt: 1, signal: "SIGINT", by: "cli" }, { ...starting, attempt: 2 }],
    { ...final, status: "crashed", reason: "signaled", signal: "SIGINT" }, "web crashed 30s ago (2026-01-31 12:00:30Z): a signal ended it that Overmind did not send (SIGINT)."],
  ["backing off", [wait], { status: "restarting", max_restarts: 6 }, "web backs off: restart 4 of 6 comes in 10s (2026-01-31 12:01:10Z)."],
  ["a restart that is due", [{ ...wait, retry_at: at(50) } as MissionEvent], { status: "restarting", max_restarts: 6 },
    "web backs off: restart 4 of 6 is due since 2026-01-31 12:00:50Z."],
  ["backing off without limit", [wait], { status: "restarting", max_restarts: 0 }, "web backs off: restart 4 comes in 10s (2026-01-31 12:01:10Z)."],
  ["being stopped", [started, stopAsked, { type: "mission.stopping", attempt: 1, because: "stop" }], { status: "stopping" },
    "web is being ended since 58s ago (2026-01-31 12:00:02Z), asked for by the command line."],
  ["being ended by a rule", [starting, started, { type: "mission.stopping", attempt: 1, because: "memory" }], { status: "stopping" },
    "web is being ended since 58s ago (2026-01-31 12:00:02Z) (memory)."],
  ["done", [over], { ...final, status: "stopped", reason: "completed", exit_code: 0 }, "web ended with success 30s ago (2026-01-31 12:00:30Z)."],
  ["stopped", [starting, started, stopAsked], { ...final, status: "stopped", reason: "stopped", signal: "SIGTERM" },
    "web was stopped 30s ago (2026-01-31 12:00:30Z), asked for by the command line."],
  ["killed by its parent's end", [{ type: "mission.stop_requested", wish: "kill", by: "daemon", cause: "parent" }],
    { ...final, status: "killed", reason: "parent" }, "web was killed 30s ago (2026-01-31 12:00:30Z), as its parent has ended."],
  ["crashed", [over], { ...final, status: "crashed", reason: "failed", exit_code: 3 }, "web crashed 30s ago (2026-01-31 12:00:30Z): it failed (exit code 3)."],
  ["given up", [wait, gaveUp, over], { ...final, status: "crashed", reason: "failed", exit_code: 3 },
    "web crashed 30s ago (2026-01-31 12:00:30Z): it failed (exit code 3), and was given up after 5 restarts within 60s."],
  ["given up after one", [wait, { ...gaveUp, restarts: 1 } as MissionEvent, over], { ...final, status: "crashed", reason: "failed", exit_code: 3 },
    "web crashed 30s ago (2026-01-31 12:00:30Z): it failed (exit code 3), and was given up after 1 restart within 60s."],
  ["stalled", [over], { ...final, status: "crashed", reason: "stalled", signal: "SIGKILL" },
    "web crashed 30s ago (2026-01-31 12:00:30Z): it had printed nothing for too long (SIGKILL)."],
  ["refused by what it waited for", [{ ...over, reason: "dependency", note: "build crashed" } as MissionEvent], { ...final, status: "crashed", reason: "dependency" },
    "web crashed 30s ago (2026-01-31 12:00:30Z): what it waited for can never come: build crashed."],
  ["with a reason of a newer daemon", [over], { ...final, status: "crashed", reason: "boredom" as never }, "web crashed 30s ago (2026-01-31 12:00:30Z): boredom."],
];

describe("the present status in a sentence", () => {
  it.each([...summaries])("%s", (_, facts, mission, text) => {
    expect(explain(recorded(facts), view(mission), at(60)).summary).toBe(text);
  });

  it("of what was removed", () => {
    expect(explain(recorded([created, { type: "mission.removed" }]), null, at(60)).summary).toBe("It was removed.");
  });
});

describe("an agent of a pipeline", () => {
  const moved = (to: AgentMove, more: Partial<Move> = {}): Move => ({
    type: "mission.agent_moved",
    attempt: 1,
    agent: "web",
    step: "web",
    to,
    ...more,
  });
  const { id } = view();
  const moves = [moved("starting", { mission: id }), moved("failed", { exit_code: 1, note: "`npm test` failed" })];

  it("that did well itself is told to have failed, with what and which code", () => {
    const pipeline = { name: "shop", events: recorded(moves) };
    const mission = { ...final, status: "stopped", reason: "completed", exit_code: 0 } as const;
    const tell = (events: readonly MissionEvent[]) =>
      explain(recorded([over]), view(mission), at(60), { pipeline: { ...pipeline, events: recorded(events) } }).summary;
    const well = "web ended with success 30s ago (2026-01-31 12:00:30Z).";
    expect(tell(moves)).toBe(`${well} The pipeline shop counts it as failed: \`npm test\` failed (exit code 1).`);
    expect(tell([moved("starting", { mission: id }), moved("succeeded")])).toBe(well);
    // An earlier failure is of the mission before it, a later one of the one after it.
    expect(tell([moved("starting", { mission: "b2345678" }), moves[1] as Move, moved("starting", { mission: id })])).toBe(well);
    expect(tell([moved("starting", { mission: id }), moved("starting", { mission: "b2345678" }), moves[1] as Move])).toBe(well);
  });

  it("was stopped by its pipeline, not by a group", () => {
    const asked: MissionEvent = { type: "mission.stop_requested", wish: "stop", by: "daemon", cause: "group" };
    const mission = view({ ...final, status: "stopped", reason: "group" });
    const told = explain(recorded([starting, asked]), mission, at(60), { pipeline: { name: "shop", events: [] } });
    expect([told.summary, told.story.at(-1)?.text]).toEqual([
      "web was stopped 30s ago (2026-01-31 12:00:30Z), by its pipeline.",
      "Its pipeline had it stopped.",
    ]);
  });

  it("is named by the pipeline that failed with it, unless it was tried again with success", () => {
    const mission = view({ ...final, type: "blueprint", name: "shop", status: "crashed", reason: "failed", exit_code: 1 });
    const tell = (events: readonly MissionEvent[]) => explain(recorded(events), mission, at(60));
    const failed = "shop crashed 30s ago (2026-01-31 12:00:30Z): it failed (exit code 1).";
    expect(tell(moves).summary).toBe(`${failed} Its agent web (mission ${id}) failed (exit code 1): \`npm test\` failed.`);
    expect(tell([...moves, moved("starting"), moved("succeeded")]).summary).toBe(failed);
    expect(tell(moves).story.map(({ text }) => text)).toEqual([
      `Agent web: starting (mission ${id}).`,
      "Agent web: failed (exit code 1), `npm test` failed.",
    ]);
  });
});

describe("bytes for a person", () => {
  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1536, "1.5 KiB"],
    [150 * 1024 ** 2, "150 MiB"],
    [2 ** 31, "2 GiB"],
  ])("%d are %s", (bytes, text) => expect(shownBytes(bytes)).toBe(text));
});
