import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ClockedHome, canFakeClock, homeWithClock } from "../../support/clocked-home.ts";
import { freshDirectory, type Home } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const disposals: (() => unknown)[] = [];
afterAll(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

const moves: readonly { readonly when: string; readonly days: number; move(clocked: ClockedHome): Promise<void> }[] = [
  1, -1,
].flatMap((days) => [
  { when: "while the daemon runs", days, move: ({ jump }: ClockedHome) => jump(days) },
  { when: "while none runs", days, move: ({ nextDaemon }: ClockedHome) => nextDaemon(days) },
]);

async function clocked(): Promise<ClockedHome> {
  const made = await homeWithClock();
  disposals.push(() => made.home.dispose());
  return made;
}

/** A group that gives up at its second crash within so many seconds, and its member. */
async function group(home: Home, seconds: number): Promise<{ group: string; member: string }> {
  const flags = ["--max-restarts", "1", "--max-seconds", String(seconds), "--json"];
  const { stdout } = await home.run(["group", `of-${seconds}`, ...flags]);
  const { id } = JSON.parse(stdout);
  return { group: id, member: await home.start("--parent", id, "--backoff", "0", "exec sleep 600") };
}

/** Kills the agent of a member's attempt once it runs. */
async function crash(home: Home, member: string, attempt: number): Promise<void> {
  const pid = await until(`attempt ${attempt} of ${member}`, async () => {
    const { status, os_pid, attempt: now } = await home.info(member);
    return status === "running" && now === attempt ? (os_pid as number | null) : null;
  });
  process.kill(pid, "SIGKILL");
}

/** Lets time pass; whatever runs goes on. */
async function pass(home: Home, id: string, ms: number): Promise<void> {
  await expect(home.ask("wait", { id, timeout: ms })).rejects.toMatchObject({ code: "timeout" });
}

// They wait more than they do.
describe.runIf(canFakeClock).concurrent.each(moves)("a wall clock that jumps by $days days $when", ({ move }) => {
  it("makes no crash of a group's member younger or older", async () => {
    const all = await clocked();
    const { home } = all;
    const strict = await group(home, 600);
    const lenient = await group(home, 3);
    for (const { member } of [strict, lenient]) await crash(home, member, 1);
    await until("both to run again", async () => {
      const infos = await Promise.all([strict, lenient].map(({ member }) => home.info(member)));
      return infos.every(({ status, attempt }) => status === "running" && attempt === 2);
    });
    await move(all);
    await crash(home, strict.member, 2);
    expect(await home.wait(strict.group)).toMatchObject({ status: "crashed" });
    await pass(home, lenient.group, 3500);
    await crash(home, lenient.member, 2);
    await until("the third attempt", async () => (await home.info(lenient.member)).attempt === 3);
    expect(await home.info(lenient.group)).toMatchObject({ status: "running" });
  });

  it("leaves an agent of a blueprint the time to become ready that it has", async () => {
    const all = await clocked();
    const { home } = all;
    const directory = freshDirectory();
    disposals.push(() => rmSync(directory, { recursive: true }));
    const blueprint = '[agents.late]\ntype = "service"\ncommand = "sleep 600"\nready = { log = "up", timeout = 12 }\n';
    writeFileSync(join(directory, "overmind.toml"), blueprint);
    const began = performance.now();
    const { stdout } = await home.run(["apply", "--json"], { cwd: directory });
    const { id } = JSON.parse(stdout);
    await pass(home, id, 3000);
    await move(all);
    expect(await home.wait(id)).toMatchObject({ status: "crashed" });
    expect(performance.now() - began).toBeGreaterThan(11_500);
    const { stdout: events } = await home.run(["events", "--json"]);
    const told: { type: string; time: string; data: { to?: string } }[] = events
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const late = told.find(({ data }) => data.to === "unready");
    const next = told.findLast(({ type }) => type === "daemon.started");
    // On the daemon's own clock: twelve seconds would be a wait that began anew.
    if (told.filter(({ type }) => type === "daemon.started").length > 1)
      expect(Date.parse(late?.time ?? "") - Date.parse(next?.time ?? "")).toBeLessThan(11_000);
  });
});
