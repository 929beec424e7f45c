import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { AgentPipelineHome, toldIn } from "./agent-pipelines.ts";

const home = new AgentPipelineHome();
afterAll(() => home.dispose());

/** A session of an agent that refuses each message with this word in it. */
const refusing = (word: string, more = "") => `[agents.fix]
type = "session"
provider = "codex"
prompt = "write the book"
env = { FAKE_REFUSES = "${word}" }
${more}
[agents.after]
command = "true"
depends_on = ["fix"]`;

describe("a session in a blueprint that refuses", () => {
  it("its prompt fails its pipeline with what it said, and ends", async () => {
    const directory = home.withAgents(refusing("book"), "unwilling");
    const { code, stdout, stderr } = await home.run(["apply", "--wait"], { cwd: directory });
    expect([code, stdout]).toEqual([1, expect.stringContaining("crashed (exit code 1)\n")]);
    expect(stderr).toBe("What its agents did: overmind logs unwilling\n");
    expect(await home.logs("unwilling")).toMatch(/agent 'fix' failed: .*it refused the message: no book/);
    expect(await home.agents((await home.info("unwilling")).id)).toHaveLength(1);
    expect(await home.info("fix")).toMatchObject({ status: "stopped", reason: "group" });
    expect((await home.run(["why", "fix"])).stdout).toContain("Its agent refused a message: no book.");
  });

  it("a failed verify fails its pipeline with that", async () => {
    const directory = home.withAgents(refusing("Put right", 'verify = "exit 4"\nverify_rounds = 3'), "stubborn");
    expect((await home.run(["apply", "--wait"], { cwd: directory })).code).toBe(1);
    expect(await home.logs("stubborn")).toMatch(/agent 'fix' failed: .*it refused the message: no Put right/);
    expect(toldIn(directory)).toEqual(["write the book"]);
  });

  it("a person's message says so, also to a daemon that was not there, and goes on", async () => {
    const id = await home.apply(
      home.withAgents(
        `[agents.idle]
type = "session"
provider = "codex"
env = { FAKE_REFUSES = "poem" }`,
        "willing",
      ),
    );
    const message_id = randomUUID();
    const send = () => home.ask("send", { id: "idle", message: "a poem", message_id, wait: true });
    await expect(send()).rejects.toThrow("the agent refused the message");
    await home.killDaemon();
    await home.run(["start"]);
    await expect(send()).rejects.toThrow("the agent refused the message");
    expect(await home.ask("send", { id: "idle", message: "and now", wait: true })).toMatchObject({ text: "1: and now" });
    const { stdout } = await home.run(["events", "--type", "mission.message_refused", "--json"]);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).data),
    ).toContainEqual({ attempt: 1, message: message_id, note: "no poem" });
    await home.run(["stop", id]);
  });
});
