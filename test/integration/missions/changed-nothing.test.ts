import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());

/** What a command says of an agent that is left as it was. */
const said = async (...args: string[]) => {
  const { stdout, stderr, code } = await home.run(args);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return stdout;
};

describe("a command that finds nothing to change says so, and changes nothing", () => {
  let ended = "";
  beforeAll(async () => {
    ended = await home.start("--name", "gone", "exit 3");
    await home.wait(ended);
  });

  it("stop of a mission that has ended", async () => {
    const before = await home.info(ended);
    expect(await said("stop", "gone")).toBe("gone had already ended (crashed)\n");
    expect(await said("stop", ended)).toBe(`${ended} had already ended (crashed)\n`);
    expect(JSON.parse(await said("stop", "gone", "--json"))).toEqual({ id: ended, ok: true, already: "crashed" });
    expect(await home.info(ended)).toEqual(before);
    // Who asks over the socket is answered as ever.
    expect(await home.ask("stop", { id: ended })).toBe(true);
  });

  it("kill of a mission that has ended", async () => {
    expect(await said("kill", "gone")).toBe("gone had already ended (crashed)\n");
    expect(await home.ask("kill", { id: ended })).toBe(true);
    expect((await home.info(ended)).status).toBe("crashed");
  });

  it("down of a pipeline that has ended", async () => {
    const file = join(home.home, "short.toml");
    writeFileSync(file, '[agents.one]\ncommand = "true"\n');
    expect((await home.run(["apply", "--wait", file])).code).toBe(0);
    expect(await said("down", "short")).toBe("short had already ended (stopped)\n");
    expect(await home.ask("down", { id: "short" })).toBe(true);
  });

  it("each of several missions has its own answer", async () => {
    await home.start("--name", "up", "sleep 600");
    await home.ask("wait", { id: "up", for: ["running"] });
    const { stdout, stderr, code } = await home.run(["stop", "gone", "up", "nobody"]);
    expect(stdout).toBe("gone had already ended (crashed)\nStopped up\n");
    expect(stderr).toContain("not_found");
    expect(code).toBe(1);
    expect(await said("kill", "up", "gone")).toBe("up had already ended (stopped)\ngone had already ended (crashed)\n");
    expect((await home.info("up")).status).toBe("stopped");
  });

  it("a cascade from a parent that has ended says Stopped while it ends what lives below", async () => {
    const child = await home.start("--parent", ended, "sleep 600");
    await home.ask("wait", { id: child, for: ["running"] });
    expect(await said("stop", "gone")).toBe("gone had already ended (crashed)\n");
    expect((await home.info(child)).status).toBe("running");
    expect(await said("stop", "--cascade", "gone")).toBe("Stopped gone\n");
    expect((await home.info(child)).status).toBe("stopped");
    expect(await said("stop", "--cascade", "gone")).toBe("gone had already ended (crashed)\n");
  });

  it("pause of one that is paused, and unpause of one that runs", async () => {
    const id = await home.start("--name", "steady", "sleep 600");
    await home.ask("wait", { id, for: ["running"] });
    expect(await said("unpause", "steady")).toBe("steady was not paused\n");
    expect(JSON.parse(await said("unpause", "steady", "--json"))).toEqual({ id, ok: true, already: "running" });
    expect(await said("pause", "steady")).toBe("Paused steady\n");
    expect(await said("pause", "steady")).toBe("steady was paused already\n");
    const paused = JSON.parse(await said("pause", "steady", "--json"));
    expect(paused).toEqual({ id, ok: true, session_id: null, cwd: process.cwd(), already: "paused" });
    expect(await said("unpause", "steady")).toBe("Unpaused steady\n");
    expect(JSON.parse(await said("pause", "steady", "--json"))).toEqual({ id, ok: true, session_id: null, cwd: process.cwd() });
    expect(await said("stop", "steady")).toBe("Stopped steady\n");
  });

  it("unpause of a group that runs; its pause is refused with what to pause instead", async () => {
    expect((await home.run(["group", "team"])).code).toBe(0);
    expect(await said("unpause", "team")).toBe("team was not paused\n");
    const { stdout, stderr, code } = await home.run(["pause", "team"]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 1 });
    expect(stderr).toContain("(not_running)");
    expect(stderr).toContain("team runs nothing itself: pause its members");
    expect(await said("stop", "team")).toBe("Stopped team\n");
    expect(await said("stop", "team")).toBe("team had already ended (stopped)\n");
  });

  it("pause and unpause of a pool", async () => {
    await said("pool", "set", "slots", "--slots", "1");
    expect(await said("pool", "unpause", "slots")).toBe("Pool slots was not paused\n");
    expect(await said("pool", "pause", "slots")).toBe("Paused pool slots\n");
    expect(await said("pool", "pause", "slots")).toBe("Pool slots was paused already\n");
    expect(JSON.parse(await said("pool", "pause", "slots", "--json"))).toMatchObject({ paused: true, already: "paused" });
    expect(await said("pool", "unpause", "slots")).toBe("Unpaused pool slots\n");
    expect(await home.ask("pool", { action: "unpause", name: "slots" })).not.toHaveProperty("already");
  });
});
