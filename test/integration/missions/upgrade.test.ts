import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "../../../src/store/migrations.ts";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const homes = resolve(import.meta.dirname, "../../fixtures/homes");
const versions = readdirSync(homes).filter((name) => !name.endsWith(".md"));

/** A copy of a former version's home, as private as a home is, at a path of its own. */
function copyOf(version: string): Home {
  const at = freshDirectory();
  cpSync(join(homes, version), at, { recursive: true });
  for (const entry of readdirSync(at, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, entry.isDirectory() ? 0o700 : 0o600);
    if (entry.name === "env") writeFileSync(path, readFileSync(path, "latin1").replaceAll("@HOME@", at), "latin1");
  }
  return startHome({ at });
}

describe.each(versions)("a home that version %s left", (version) => {
  let home: Home;
  beforeAll(async () => {
    home = copyOf(version);
    const { code, stderr } = await home.run(["start"]);
    expect(stderr).not.toContain("Error");
    expect(code).toBe(0);
  });
  afterAll(() => home.dispose());

  it("has its ended missions as they ended", async () => {
    expect(await home.info("ok")).toMatchObject({
      status: "stopped",
      exit_code: 0,
      reason: "completed",
      labels: { team: "docs" },
    });
    expect(await home.info("failing")).toMatchObject({ status: "crashed", exit_code: 3, attempt: 2, restart_count: 1 });
    expect(await home.info("ended")).toMatchObject({ status: "stopped", reason: "stopped", type: "session" });
    expect(await home.info("killed")).toMatchObject({ status: "killed", reason: "killed" });
  });

  it("has their output, attempt by attempt", async () => {
    expect(await home.logs("ok")).toBe("first\nsecond\n");
    expect(await home.logs("failing")).toMatch(/^try\n--- restart #1 at .* ---\ntry\n$/);
    expect(await home.ask("logs", { id: "failing", attempt: 1 })).toBe("try\n");
  });

  it("has all its events", async () => {
    const { stdout } = await home.run(["events", "--json"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0].seq).toBe(1);
    expect(events.map(({ seq }, index) => seq - index)).toEqual(events.map(() => 1));
    expect(events.filter(({ type }) => type === "mission.created")).toHaveLength(8);
  });

  it("goes on with what waited: a slot of a pool, with the environment of its caller", async () => {
    expect(await home.info("waiting")).toMatchObject({ status: "queued", waiting_for: "slot" });
    expect((await home.run(["pool", "unpause", "slow"])).code).toBe(0);
    expect(await home.wait("waiting")).toMatchObject({ status: "stopped", exit_code: 0 });
    expect(await home.logs("waiting")).toBe("value\n");
  });

  it("goes on with a backoff, and starts again what a group holds and the machine lost", async () => {
    expect(await home.info("timed")).toMatchObject({ status: "restarting" });
    await until("the member's second attempt", async () => (await home.info("member")).attempt === 2);
    expect(await home.info("crew")).toMatchObject({ status: "running", type: "group" });
  });

  it("runs an ended mission again", async () => {
    expect((await home.run(["restart", "ok"])).code).toBe(0);
    expect(await home.wait("ok")).toMatchObject({ status: "stopped", exit_code: 0 });
    expect(await home.logs("ok")).toMatch(/first\nsecond\n--- restart #1 at .* ---\nfirst\nsecond\n$/);
  });

  it("has the present schema afterwards", async () => {
    await home.run(["shutdown", "--kill"]);
    expect(readFileSync(join(home.home, "overmind.db")).readUInt32BE(60)).toBe(migrations.length);
  });
});
