import { afterAll, describe, expect, it } from "vitest";
import { AgentHome } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

describe("an answer as JSON", () => {
  it("bears the id of a mission that was named", async () => {
    const id = await home.session("--name", "helper");
    await home.run(["send", "--wait", "helper", "hello"]);
    for (const words of [
      ["send", "helper", "again"],
      ["interrupt", "helper"],
      ["signal", "helper", "CONT"],
      ["stop", "helper"],
    ]) {
      const { code, stdout } = await home.run([...words, "--json"]);
      if (code === 0) expect(JSON.parse(stdout), words.join(" ")).toMatchObject({ id });
      // Its turn may be over.
      else expect(words[0]).toBe("interrupt");
    }
    expect(JSON.parse((await home.run(["stop", "--json", "nobody"])).stdout)).toMatchObject({ id: "nobody", code: "not_found" });
  });
});

describe("result", () => {
  it("of a command is {} and says why, and where its output is", async () => {
    const id = await home.start("--name", "counter", "exit 3");
    await home.wait(id);
    const { code, stdout, stderr } = await home.run(["result", "counter"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "{}\n" });
    expect(stderr).toBe(
      "counter is a command, which has no turns; it ended: failed, exit code 3. What it printed: overmind logs counter\n",
    );
    expect((await home.run(["result", "--json", "counter"])).stderr).toBe("");
  });

  it("of an agent that has not answered yet says so", async () => {
    const id = await home.session("--name", "fresh");
    const { stdout, stderr } = await home.run(["result", id]);
    expect(stdout).toBe("{}\n");
    expect(stderr).toMatch(/^no turn of fresh has ended yet; it is \w+\n$/);
  });
});

describe("detach", () => {
  it("of a session that nobody took over says that", async () => {
    const id = await home.session("--name", "alone");
    const { code, stderr } = await home.run(["detach", id]);
    expect(code).toBe(1);
    expect(stderr).toContain("nobody has taken alone over");
    expect(stderr).not.toContain("--tty");
  });
});

describe("what is meant for an agent", () => {
  it.each([
    [["--model", "big"], "--model is for an agent"],
    [["--allow-tool", "Read"], "--allow-tool is for an agent"],
    [["--provider", "raw", "--system-prompt", "be kind"], "--system-prompt is for an agent"],
    [["--provider", "claude", "--model", ""], "Error: --model: must not be empty"],
    [["--provider", "claude", "--account", ""], "Error: --account: must not be empty"],
  ])("is refused where it would do nothing: %j", async (flags, says) => {
    const { code, stderr } = await home.run(["run", ...flags, "true"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(says);
    expect(await home.ask("list", { all: true })).not.toContainEqual(expect.objectContaining({ command: "true" }));
  });
});
