import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AgentHome, promptIn } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

/** A session whose talk takes a new daemon a while to read again. */
async function longTalk(kind: string) {
  const state = home.state();
  const id = await home.start("--provider", kind, "--type", "session", "--env", `FAKE_STATE=${state}`);
  for (let turn = 0; turn < 4; turn++) await home.ask("send", { id, message: `say ${"x".repeat(400_000)}`, wait: true });
  return { id, state };
}

describe.each(["claude", "codex", "opencode"])("a new daemon that reads what %s said again", (kind) => {
  it("does not tell of a message that its agent had died", async () => {
    const { id, state } = await longTalk(kind);
    const answer = home.run(["send", "--wait", id, "slow 1200"]);
    await until("the turn to run", () => promptIn(state) === "slow 1200");
    await home.killDaemon();
    expect(await answer).toMatchObject({ code: 0, stdout: "5: slow 1200\n" });
  });

  it("knows what it asks as soon as anybody asks for that", async () => {
    const { id } = await longTalk(kind);
    await home.ask("send", { id, message: "ask" });
    await until("it to wait", async () => (await home.info(id)).status === "waiting");
    await home.killDaemon();
    await home.run(["start"]);
    // News come behind all of it.
    const { size } = statSync(join(home.home, "missions", id, "1.output"));
    expect(await home.ask("subscribe", { id, where: true })).toBe(`1.${size}.0`);
    expect(await home.info(id)).toMatchObject({ pending: [{ what: "ls" }] });
    await home.killDaemon();
    expect(JSON.parse((await home.run(["inbox", "--json"])).stdout)).toMatchObject({ id, what: "ls" });
    await home.killDaemon();
    expect(await home.run(["answer", id, "allow"])).toMatchObject({ code: 0 });
  });
});
