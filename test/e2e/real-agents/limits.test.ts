import { afterAll, describe, expect, it } from "vitest";
import { deferred } from "../../../src/base/deferred.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";
import { fail, type ModelAnswer, say } from "../../support/model-server/answer.ts";
import { until } from "../../support/until.ts";
import { patience, RealHome } from "./real-home.ts";

const home = new RealHome("claude");
afterAll(() => home.dispose());

const waiting = (ids: readonly string[]): Promise<MissionView[]> =>
  until(
    "the missions to wait for their limit",
    async () => {
      const all: MissionView[] = await home.ask("list", { all: true });
      const found = all.filter(({ id }) => ids.includes(id));
      return found.every(({ status, waiting_for }) => status === "waiting" && waiting_for === "limit") ? found : null;
    },
    { ...patience, seen: async () => (await home.run(["ps", "-a"])).stdout },
  );

async function resumedAt(id: string): Promise<number> {
  const events = (await home.run(["events", "--mission", id, "--json"])).stdout.split("\n").filter(Boolean);
  const resumed = events.map((line) => JSON.parse(line)).filter(({ type }) => type === "mission.resumed");
  expect(resumed).toHaveLength(1);
  return Date.parse(resumed[0].time);
}

describe.concurrent("real agents whose account meets a limit", () => {
  it("wait until it is over, those too that are not told when, and complete without a restart", async () => {
    // The last to ask begins the limit, so that all of them meet it.
    const begun = deferred<number>();
    let asked = 0;
    const answer = async (): Promise<ModelAnswer> => {
      asked += 1;
      if (asked === 5) begun.resolve(Date.now() + 3_000);
      const message = `Rate limit reached. Please try again in ${(await begun.promise) - Date.now()}ms.`;
      return asked <= 5 ? fail(429, { "x-should-retry": "false" }, { message }) : say("Done.");
    };
    const claude = await home.seat(answer);
    // It keeps the server's words to itself.
    const codex = await home.seat(answer, "codex");
    const flags = ["--account", "shared", "--restart", "on-failure"];
    const ids = await Promise.all([claude, claude, claude, codex, codex].map((seat) => seat.start("work", ...flags)));
    const views = await waiting(ids);
    const end = await begun.promise;
    const shown = (await home.run(["ps"])).stdout.split("\n").filter((line) => ids.some((id) => line.startsWith(id)));
    for (const line of shown) expect(line).toMatch(/\(limit until \d{4}-\d\d-\d\dT[\d:]+Z\)/);
    for (const { until } of views) expect(Math.abs(Date.parse(until ?? "") - end)).toBeLessThan(2_000);
    for (const id of ids) expect(await claude.ended(id)).toMatchObject({ status: "stopped", reason: "completed" });
    const resumed = await Promise.all(ids.map(resumedAt));
    expect(Math.min(...resumed)).toBeGreaterThanOrEqual(end);
    expect(Math.max(...resumed)).toBeLessThan(end + 5_000);
    expect(new Set(resumed).size).toBe(5);
    for (const id of ids) expect(await home.info(id)).toMatchObject({ attempt: 2, restart_count: 0 });
  });

  it("are told by codex when it ends, as a task to the minute and as a session to the second", async () => {
    const end = Math.ceil(Date.now() / 1000) + 2 * 3600 + 17;
    const body = { error: { type: "usage_limit_reached", message: "The usage limit has been reached", resets_at: end } };
    const windows = { "used-percent": 100, "window-minutes": 300, "reset-at": end };
    const headers = Object.fromEntries(
      Object.entries(windows).map(([name, value]) => [`x-codex-primary-${name}`, String(value)]),
    );
    const seat = await home.seat([fail(429, headers, { body })], "codex");
    const task = await seat.start("work", "--account", "of-task");
    const session = await seat.session("--account", "of-session");
    expect((await home.run(["send", session, "work"], { env: seat.env })).code).toBeLessThanOrEqual(3);
    const [ofTask] = await waiting([task]);
    expect(Date.parse(ofTask?.until ?? "")).toBe(Math.floor(end / 60) * 60_000);
    const [ofSession] = await waiting([session]);
    expect(Date.parse(ofSession?.until ?? "")).toBe(end * 1000);
    expect(ofSession?.os_pid).toEqual(expect.any(Number));
    expect((await home.run(["stop", task, session])).code).toBe(0);
  });
});
