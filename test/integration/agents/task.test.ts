import { afterAll, describe, expect, it } from "vitest";
import { AgentHome, callsIn, promptIn } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

describe("a task of an agent", () => {
  it.each(["claude", "codex", "gemini", "opencode"])("of %s completes, with its text in logs and result", async (provider) => {
    const state = home.state();
    const id = await home.start(...home.plays(provider, "plain", 0, state), "say hi");
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "completed", exit_code: 0 });
    const result = JSON.parse((await home.run(["result", id])).stdout);
    expect(result).toMatchObject({ type: "result", outcome: "completed", is_error: false, turn: 1 });
    expect(result.text).not.toBe("");
    expect(promptIn(state)).toBe("say hi");
    const info = await home.info(id);
    expect(info).toMatchObject({ provider, command: "say hi", session_id: result.session_id });
    expect(info.usage.output_tokens).toBeGreaterThan(0);
    const { stdout } = await home.run(["logs", id]);
    expect(stdout).toContain(result.text);
    expect(stdout).not.toContain('{"type"');
    expect((await home.run(["logs", "--raw", id])).stdout).toContain('{"type"');
    expect((await home.run(["logs", "-n", "1", id])).stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("of any agent that speaks the Agent Client Protocol completes", async () => {
    const flags = ["--provider", "acp", "--env", `FAKE_STATE=${home.state()}`, "--prompt", "greet me"];
    const id = await home.start(...flags, "--", "gemini", "--acp");
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "completed", exit_code: 0 });
    expect((await home.run(["logs", id])).stdout).toBe("1: greet me\n");
    expect(JSON.parse((await home.run(["result", id])).stdout)).toMatchObject({ text: "1: greet me" });
    expect(await home.info(id)).toMatchObject({ session_id: "acp-session", usage: { output_tokens: 2 } });
  });

  it.each([
    ["claude", "sig-SIGINT-during-tool", 0, "signaled"],
    ["codex", "err-401", 1, "auth"],
    ["claude", "err-429", 1, "rate_limited"],
    ["codex", "err-400", 1, "failed"],
    ["gemini", "norelaunch-sig-SIGTERM-during-stream", 0, "no_result"],
    ["gemini", "err-401", 145, "auth"],
    ["opencode", "err-401", 1, "auth"],
    ["claude", "plain", 3, "failed"],
  ])("of %s that ends as in %s with exit code %d is never completed", async (provider, transcript, code, reason) => {
    const id = await home.start("--no-auto-resume", "--account", transcript, ...home.plays(provider, transcript, code), "do it");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason, exit_code: code });
    expect((await home.run(["wait", id])).code).toBe(code === 0 ? 1 : code);
  });

  it("is not completed where opencode was refused a permission, though it exits 0", async () => {
    const id = await home.start(...home.plays("opencode", "tool-ask-noauto"), "do it");
    const { reason, status } = await home.wait(id);
    expect({ reason, status }).not.toMatchObject({ reason: "completed" });
    expect(status).toBe("crashed");
  });

  it("is not tried again where the login is wrong, but where it crashed", async () => {
    const policy = ["--restart", "on-failure", "--max-restarts", "1", "--backoff", "0"];
    const auth = await home.start(...policy, ...home.plays("opencode", "err-401", 1), "do it");
    await home.wait(auth);
    expect((await home.info(auth)).attempts).toHaveLength(1);
    const state = home.state();
    const cut = await home.start(...policy, ...home.plays("claude", "plain", 3, state), "do it");
    await home.wait(cut);
    const { attempts, session_id } = await home.info(cut);
    expect(attempts).toHaveLength(2);
    expect(callsIn(state)[1]?.words).toEqual(expect.arrayContaining(["--resume", session_id]));
  });

  it("gets its flags, and the environment that its kind needs", async () => {
    const state = home.state();
    const flags = ["--model", "big", "--permission-mode", "plan", "--allow-tool", "Read", "--allow-tool", "Bash(ls:*)"];
    const more = ["--system-prompt", "be brief", "--max-turns", "3", "--mcp-config", "/tmp/mcp.json", "--provider-arg=--verbose"];
    await home.wait(await home.start(...flags, ...more, ...home.plays("claude", "plain", 0, state), "do it"));
    const [call] = callsIn(state);
    for (const pair of [
      ["--model", "big"],
      ["--permission-mode", "plan"],
      ["--allowedTools", "Read", "Bash(ls:*)"],
      ["--append-system-prompt", "be brief"],
      ["--max-turns", "3"],
      ["--mcp-config", "/tmp/mcp.json"],
    ])
      expect(call?.words.join(" ")).toContain(pair.join(" "));
    const other = home.state();
    await home.wait(await home.start(...home.plays("gemini", "plain", 0, other), "do it"));
    expect(callsIn(other)[0]?.env).toBe("true");
  });

  it.each(["claude", "codex"])("of %s gets a prompt of a megabyte byte for byte, from standard input", async (provider) => {
    const prompt = `-start "quotes" 'single' $(echo no) \`ticks\` \u{1F600} ${"line of text\n".repeat(80_000)}`;
    const state = home.state();
    const args = ["run", "--wait", ...home.plays(provider, "plain", 0, state), "-"];
    expect((await home.run(args, { input: prompt })).code).toBe(0);
    expect(promptIn(state) === prompt).toBe(true);
  });

  it("can be asked for as overmind claude run, and takes a prompt that begins with a dash", async () => {
    const state = home.state();
    const flags = home.plays("claude", "plain", 0, state).slice(2);
    const { code, stdout } = await home.run(["claude", "run", "--follow", ...flags, "--prompt=-x --y"]);
    expect({ code, isEmpty: stdout === "" }).toEqual({ code: 0, isEmpty: false });
    expect(promptIn(state)).toBe("-x --y");
  });

  it("is refused before anything is made: unknown kind, no prompt, a flag it does not take", async () => {
    expect((await home.run(["run", "--provider", "clod", "hi"])).code).toBe(1);
    expect((await home.run(["run", "--provider", "claude"])).code).toBe(1);
    const { code, stderr } = await home.run(["run", "--provider", "codex", "--allow-tool", "Bash", "hi"]);
    expect({ code, says: stderr.includes("--allow-tool") }).toEqual({ code: 1, says: true });
  });

  it("is judged by all it said, also when no daemon ran as it ended", async () => {
    const id = await home.start("--provider", "claude", "--env", `FAKE_STATE=${home.state()}`, "slow 700");
    await home.agentPid(id);
    await home.killDaemon();
    expect((await home.run(["start"])).code).toBe(0);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "completed" });
    expect((await home.info(id)).usage).toMatchObject({ input_tokens: 10, output_tokens: 5 });
  });
});
