import { afterAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("a program that uses the typed client", () => {
  it("starts the daemon, runs, reads and waits", async () => {
    const client = await home.client();
    const { id } = await client.run({ command: "echo hello; exit 3" });
    expect(await client.wait(id)).toMatchObject({ id, exit_code: 3, status: "crashed", reason: "failed" });
    expect(await client.logs(id)).toBe("hello\n");
    expect((await client.list({ all: true })).map((mission) => mission.id)).toEqual([id]);
    await expect(client.info("zzzzzzzz")).rejects.toMatchObject({ code: "not_found" });
  });

  it("waits on, and reads each line once, though the daemon dies under it", async () => {
    const client = await home.client();
    const { id } = await client.run({ argv: agent("--quiet", "--lines", 100, "--print-every", 10, "--exit-code", 4) });
    let text = "";
    const reading = (async () => {
      for await (const event of client.followLogs(id)) text += event.text;
    })();
    const waiting = client.wait(id);
    await home.printed(id, "20\n");
    await home.killDaemon("SIGKILL");
    expect(await waiting).toMatchObject({ exit_code: 4 });
    await reading;
    expect(text).toBe(Array.from({ length: 100 }, (_, index) => `${index + 1}\n`).join(""));
  });
});
