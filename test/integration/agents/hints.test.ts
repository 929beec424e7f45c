import { afterAll, describe, expect, it } from "vitest";
import { AgentHome } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

describe("a person at the shell", () => {
  it("is told that an agent got no prompt, and where to say it", async () => {
    const { code, stdout, stderr } = await home.run(["run", "--provider", "claude"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Error: there is no prompt \(empty_command\)\n.*--prompt.*--type session\n$/);
  });

  it("is refused an empty message to an agent, whose next turn is not spent on it", async () => {
    const id = await home.session();
    const refused = await home.run(["send", "--wait", id, "  "]);
    expect([refused.code, refused.stderr]).toEqual([1, "Error: message: an agent takes no empty one (invalid_argument)\n"]);
    expect((await home.run(["send", "--wait", id, "hello"])).stdout).toBe("1: hello\n");
  });

  it("may send a command an empty line", async () => {
    const id = await home.start("--type", "session", "--", "cat", "-A");
    expect((await home.run(["send", "--wait", id, ""])).stdout).toBe("$\n");
  });

  it("learns from why that an interrupt for a message ended a command", async () => {
    const id = await home.start("--type", "session", "cat");
    await home.run(["send", "--interrupt", id, "x"]);
    await home.ask("wait", { id });
    const { stdout } = await home.run(["why", id]);
    expect(stdout).toContain("a signal ended it that the command line sent (SIGINT)");
    expect(stdout).not.toContain("Overmind did not send");
  });

  it("who waits for an answer too long is told how to read it", async () => {
    const id = await home.session();
    const late = await home.run(["send", "--wait", "--timeout", "50", id, "slow 3000"]);
    expect(late.code).toBe(124);
    expect(late.stderr).toContain("what it says: overmind logs -f");
  });

  it("who takes a pool, an account or a graph for there is told which of them is not", async () => {
    const said = async (...words: string[]) => (await home.run(words)).stderr.split("\n")[0];
    expect(await said("pool", "rm", "nope")).toBe("Error: no pool has that name (not_found)");
    expect(await said("accounts", "open", "nope")).toBe("Error: no account nope is limited (not_found)");
    expect(await said("graph", "nope")).toBe("Error: neither a file nor a pipeline is called 'nope' (not_found)");
  });
});
