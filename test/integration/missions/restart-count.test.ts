import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("the restarts of a mission", () => {
  it("are those that happened: one that is only waited for is none, also for the next daemon", async () => {
    const id = await home.start("--restart", "on-failure", "--backoff", "60s", "false");
    await home.ask("wait", { id, for: ["restarting"] });
    expect(await home.info(id)).toMatchObject({ restart_count: 0, attempt: 1 });
    expect((await home.run(["why", id])).stdout).toContain("restart 1 of 5 comes in");
    await home.killDaemon();
    await home.run(["start"]);
    expect(await home.info(id)).toMatchObject({ status: "restarting", restart_count: 0 });
    await home.run(["restart", id]);
    await home.ask("wait", { id, for: ["restarting"] });
    expect(await home.info(id)).toMatchObject({ restart_count: 1, attempt: 2 });
    await home.run(["stop", id]);
    expect(await home.info(id)).toMatchObject({ status: "stopped", restart_count: 1, attempt: 2 });
  });

  it("are as many as were allowed once it is given up", async () => {
    const id = await home.start("--restart", "on-failure", "--max-restarts", "2", "--backoff", "50", "false");
    expect(await home.wait(id)).toMatchObject({ status: "crashed" });
    const { stdout } = await home.run(["ps", "--json"]);
    const rows = JSON.parse(stdout);
    const shown = (Array.isArray(rows) ? rows : rows.missions).find((one: { id: string }) => one.id === id);
    expect(shown).toMatchObject({ restart_count: 2, attempt: 3 });
  });
});
