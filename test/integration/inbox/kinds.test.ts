import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AgentHome } from "../agents/fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

const pending = (id: string) =>
  until(`${id} to wait for an answer`, async () => {
    const { status, pending } = await home.info(id);
    return status === "waiting" ? pending : undefined;
  });

describe.each(["claude", "codex", "gemini", "opencode"])("a session of %s that asks", (provider) => {
  it("waits, over a new daemon too, is answered, and is told as interrupted where it is", async () => {
    const flags = ["--provider", provider, "--type", "session", "--model", "fake", "--env", `FAKE_STATE=${home.state()}`];
    const id = await home.start(...flags);
    const asking = home.run(["send", "--wait", id, "ask"]);
    const [request] = await pending(id);
    expect(request).toMatchObject({ kind: "permission", what: "ls" });
    expect((await home.run(["answer", id, "allow"])).code).toBe(0);
    expect((await asking).stdout).toBe("allow\n");
    await home.run(["send", id, "ask"]);
    await pending(id);
    await home.killDaemon();
    await home.run(["start"]);
    await pending(id);
    expect((await home.run(["answer", id, "deny"])).code).toBe(0);
    await until("the second turn", async () => JSON.parse((await home.run(["result", id])).stdout).turn === 2);
    expect(JSON.parse((await home.run(["result", id])).stdout)).toMatchObject({ text: "deny" });
    await home.run(["send", id, "ask"]);
    await pending(id);
    expect((await home.run(["interrupt", id])).code).toBe(0);
    await until("it to go on", async () => (await home.info(id)).status === "running");
    expect((await home.info(id)).pending).toEqual([]);
    await home.run(["stop", id]);
  });
});
