import { execFileSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { type ClockedHome, canFakeClock, homeWithClock } from "../../support/clocked-home.ts";

const homes: ClockedHome[] = [];
afterAll(async () => {
  for (const { home } of homes) await home.dispose();
});

async function clocked(): Promise<ClockedHome> {
  const made = await homeWithClock();
  homes.push(made);
  return made;
}

/** Seconds on this machine's own monotonic clock. */
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

describe.runIf(canFakeClock)("a wall clock that jumps while the daemon runs", () => {
  it.each([1, -1])("by %i days changes no backoff, timeout, stall or deadline", async (days) => {
    const { home, jump } = await clocked();
    const flags: Record<string, string[]> = {
      backoff: ["--restart", "on-failure", "--max-restarts", "1", "--backoff", "4s", "--jitter", "0", "false"],
      timeout: ["--timeout", "4s", "sleep 60"],
      stalled: ["--activity-timeout", "4s", "sleep 60"],
      deadline: ["--deadline", "4s", "sleep 60"],
      quiet: ["--timeout", "10m", "--deadline", "10m", "--activity-timeout", "10m", "sleep 60"],
    };
    const ids = new Map<string, string>();
    const took = new Map<string, Promise<number>>();
    for (const [name, words] of Object.entries(flags)) {
      const id = await home.start(...words);
      ids.set(name, id);
      if (name !== "quiet")
        took.set(
          name,
          secondsOf(() => home.wait(id)),
        );
    }
    await jump(days);
    for (const [name, seconds] of took) {
      expect(await seconds, name).toBeGreaterThan(2.5);
      expect(await seconds, name).toBeLessThan(6);
    }
    const reasons = await Promise.all([...ids].map(async ([name, id]) => [name, (await home.info(id)).reason]));
    expect(Object.fromEntries(reasons)).toEqual({
      backoff: "failed",
      timeout: "timeout",
      stalled: "stalled",
      deadline: "deadline",
      quiet: null,
    });
  });

  it("makes no running attempt older for the next daemon", async () => {
    const { home, jump } = await clocked();
    await jump(-1);
    const id = await home.start("--timeout", "10m", "--activity-timeout", "10m", "sleep 60");
    await home.killDaemon();
    // The next one has the true clock: for it a day has gone by since the attempt's start was noted.
    expect((await home.run(["start"])).code).toBe(0);
    expect(await home.info(id)).toMatchObject({ status: "running", reason: null });
    await home.run(["kill", id]);
    expect(Date.parse((await home.info(id)).ended_at)).toBeGreaterThan(Date.now() - 60_000);
  });

  it("is not what agents see", async () => {
    const { home, jump } = await clocked();
    await jump(1);
    const id = await home.start("date +%s");
    await home.wait(id);
    expect(Math.abs(Number(await home.logs(id)) - Date.now() / 1000)).toBeLessThan(60);
    expect(execFileSync("date", ["+%s"]).length).toBeGreaterThan(1);
  });

  it.each([1, -1])("by %i days while no daemon runs changes no backoff, delay, timeout or deadline", async (days) => {
    const { home, nextDaemon } = await clocked();
    const flags: Record<string, string[]> = {
      "mission.released": ["--delay", "12s", "true"],
      "mission.stopping": ["--timeout", "12s", "sleep 60"],
      "mission.deadline_passed": ["--deadline", "12s", "--delay", "1h", "true"],
      // The last, so that its backoff lasts still as the daemon is killed.
      "mission.starting": ["--restart", "on-failure", "--max-restarts", "1", "--backoff", "12s", "--jitter", "0", "false"],
    };
    const started: { type: string; id: string; began: number }[] = [];
    for (const [type, words] of Object.entries(flags)) {
      const began = performance.now();
      started.push({ type, id: await home.start(...words), began });
    }
    const backingOff = started.at(-1)?.id ?? "";
    await home.ask("wait", { id: backingOff, for: ["restarting"] });
    await expect(home.ask("wait", { id: backingOff, timeout: 3000 })).rejects.toMatchObject({ code: "timeout" });
    await nextDaemon(days);
    await Promise.all(
      started.map(async ({ type, id, began }) => {
        await home.wait(id);
        expect(performance.now() - began, type).toBeGreaterThan(11_500);
      }),
    );
    const events = (await home.run(["events", "--json"])).stdout.trim().split("\n");
    const told: { type: string; mission: string; time: string }[] = events.map((line) => JSON.parse(line));
    const next = told.findLastIndex(({ type }) => type === "daemon.started");
    for (const { type, id } of started) {
      const due = told.slice(next).find((event) => event.mission === id && event.type === type);
      // On the new daemon's own clock. Three seconds had passed before: what began anew would take twelve.
      expect(Date.parse(due?.time ?? "") - Date.parse(told[next]?.time ?? ""), type).toBeLessThan(11_000);
    }
    const ends = await Promise.all(started.map(({ id }) => home.info(id)));
    expect(ends.map(({ reason }) => reason)).toEqual(["completed", "timeout", "deadline", "failed"]);
    expect(await home.info(backingOff)).toMatchObject({ attempt: 2, restart_count: 1 });
  });
});
