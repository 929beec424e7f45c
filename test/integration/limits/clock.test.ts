import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const homes: Home[] = [];
afterAll(async () => {
  for (const home of homes) await home.dispose();
});

/** Debian's package faketime, where it is installed. */
const library = ["/usr/lib", "/usr/lib64", "/usr/local/lib"]
  .flatMap((place) => (existsSync(place) ? [place, ...readdirSync(place).map((name) => join(place, name))] : []))
  .map((place) => join(place, "faketime/libfaketime.so.1"))
  .find((path) => existsSync(path));

/** A home whose daemon reads its wall clock through libfaketime, as a file says; agents do not. */
async function homeWithClock() {
  const at = freshDirectory();
  const file = join(at, "faketime");
  mkdirSync(at, { recursive: true });
  writeFileSync(file, "+0");
  const home = startHome({ at });
  homes.push(home);
  const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  const { code, stderr } = await home.run(["start"], { env });
  if (code !== 0) throw new Error(stderr);
  const wallClock = async () => Date.parse((await home.ask("top", { once: true })).time);
  return {
    home,
    /** Kills the daemon and starts the next one under a clock so far from the true one. */
    async nextDaemon(days: number) {
      await home.killDaemon();
      writeFileSync(file, offset(days));
      expect((await home.run(["start"], { env })).code).toBe(0);
      expect(Math.abs((await wallClock()) - Date.now() - days * 86_400_000)).toBeLessThan(60_000);
    },
    /** Sets the daemon's wall clock so far from the true time, and waits until it shows. */
    async jump(days: number) {
      writeFileSync(file, offset(days));
      await until(
        "the daemon's clock to jump",
        async () => Math.abs((await wallClock()) - Date.now() - days * 86_400_000) < 60_000,
      );
    },
  };
}

const offset = (days: number) => (days < 0 ? `${days}d` : `+${days}d`);

/** Seconds on this machine's own monotonic clock. */
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

// Where the checks run, a missing faketime is a failure, not a reason to look away.
describe.runIf(library !== undefined || process.env["CI"] !== undefined)("a wall clock that jumps while the daemon runs", () => {
  it.each([1, -1])("by %i days changes no backoff, timeout, stall or deadline", async (days) => {
    const { home, jump } = await homeWithClock();
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
    const { home, jump } = await homeWithClock();
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
    const { home, jump } = await homeWithClock();
    await jump(1);
    const id = await home.start("date +%s");
    await home.wait(id);
    expect(Math.abs(Number(await home.logs(id)) - Date.now() / 1000)).toBeLessThan(60);
    expect(execFileSync("date", ["+%s"]).length).toBeGreaterThan(1);
  });

  it.each([1, -1])("by %i days while no daemon runs changes no backoff, delay, timeout or deadline", async (days) => {
    const { home, nextDaemon } = await homeWithClock();
    const flags: Record<string, string[]> = {
      "mission.released": ["--delay", "8s", "true"],
      "mission.stopping": ["--timeout", "8s", "sleep 60"],
      "mission.deadline_passed": ["--deadline", "8s", "--delay", "1h", "true"],
      // The last, so that its backoff lasts still as the daemon is killed.
      "mission.starting": ["--restart", "on-failure", "--max-restarts", "1", "--backoff", "8s", "--jitter", "0", "false"],
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
        expect(performance.now() - began, type).toBeGreaterThan(7500);
      }),
    );
    const events = (await home.run(["events", "--json"])).stdout.trim().split("\n");
    const told: { type: string; mission: string; time: string }[] = events.map((line) => JSON.parse(line));
    const next = told.findLastIndex(({ type }) => type === "daemon.started");
    for (const { type, id } of started) {
      const due = told.slice(next).find((event) => event.mission === id && event.type === type);
      // On the new daemon's own clock. Three seconds had passed before: what began anew would take eight.
      expect(Date.parse(due?.time ?? "") - Date.parse(told[next]?.time ?? ""), type).toBeLessThan(7000);
    }
    const ends = await Promise.all(started.map(({ id }) => home.info(id)));
    expect(ends.map(({ reason }) => reason)).toEqual(["completed", "timeout", "deadline", "failed"]);
    expect(await home.info(backingOff)).toMatchObject({ attempt: 2, restart_count: 1 });
  });
});
