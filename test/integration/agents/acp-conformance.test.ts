import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AgentHome } from "./fake-home.ts";

const program = resolve(import.meta.dirname, "../../agents/sdk-agent.mjs");
const home = new AgentHome();
afterAll(() => home.dispose());

const withState = (state: string, env: Record<string, string> = {}) =>
  Object.entries({ FAKE_STATE: state, ...env }).flatMap(([name, value]) => ["--env", `${name}=${value}`]);

async function task(prompt: string, env: Record<string, string> = {}, ...flags: string[]) {
  const state = home.state();
  const words = ["--provider", "acp", ...withState(state, env), ...flags, "--prompt", prompt, "--", program];
  return { id: await home.start(...words), state };
}

async function session(env: Record<string, string> = {}, ...flags: string[]) {
  const state = home.state();
  const words = ["--provider", "acp", "--type", "session", ...withState(state, env), ...flags, "--", program];
  return { id: await home.start(...words), state };
}

/** What the agent was sent under that name, oldest first. */
const heard = (state: string, name: string): unknown[] =>
  existsSync(join(state, "heard"))
    ? readFileSync(join(state, "heard"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter((one) => Object.hasOwn(one, name))
        .map((one) => one[name])
    : [];
const say = (id: string, text: string) => home.run(["send", "--wait", id, text]);
const asked = (id: string) =>
  until(`${id} to ask`, async () => {
    const { status, pending } = await home.info(id);
    return status === "waiting" ? (pending[0] as { request_id: string; options: object[] }) : null;
  });
async function crash(id: string): Promise<void> {
  process.kill(await home.agentPid(id), "SIGKILL");
  await until("the next attempt", async () => (await home.info(id)).attempt === 2);
}
const resultOf = async (id: string) => JSON.parse((await home.run(["result", id, "--json"])).stdout);

describe("an agent on the official SDK", () => {
  it("is greeted and asked by the protocol, and its streamed answer is put together", async () => {
    const { id, state } = await task("chunks", {}, "--permission-mode", "code");
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(await resultOf(id)).toMatchObject({ text: "streamed" });
    expect(heard(state, "initialize")).toMatchObject([{ protocolVersion: 1, clientInfo: { name: "overmind" } }]);
    expect(heard(state, "new")).toMatchObject([{ cwd: process.cwd(), mcpServers: [] }]);
    expect(heard(state, "mode")).toEqual(["code"]);
    expect(heard(state, "prompt")).toEqual([[{ type: "text", text: "chunks" }]]);
  });

  it("has its tools told of with input and output", async () => {
    const { id } = await task("tool done");
    await home.wait(id);
    const lines = (await home.run(["subscribe", "--from-start", id])).stdout.split("\n").filter(Boolean);
    const told = lines.map((line) => JSON.parse(line)).filter(({ type }) => type.startsWith("tool_"));
    expect(told).toMatchObject([
      { type: "tool_use", tool: "read", input: { path: "x" } },
      { type: "tool_result", output: { text: "inside x" }, is_error: false },
    ]);
  });

  it.each(["allow", "deny"])("is answered what it asks: %s", async (decision) => {
    const { id, state } = await task("ask");
    expect(await asked(id)).toMatchObject({ tool: "delete", input: { path: "/x" }, options: [{ id: "yes" }, { id: "no" }] });
    expect((await home.run(["answer", id, decision])).code).toBe(0);
    await home.wait(id);
    expect(heard(state, "outcome")).toEqual([{ outcome: "selected", optionId: decision === "allow" ? "yes" : "no" }]);
  });

  it("is told that its question is cancelled when its turn is interrupted", async () => {
    const { id, state } = await session();
    await home.run(["send", id, "ask hang"]);
    await asked(id);
    expect((await home.run(["interrupt", id])).code).toBe(0);
    await until("the agent to be told", () => heard(state, "outcome").length > 0);
    expect(heard(state, "outcome")).toEqual([{ outcome: "cancelled" }]);
    expect(heard(state, "cancel")).toEqual([true]);
    expect((await say(id, "again")).stdout).toBe("2: again\n");
  });

  it("may take a question back, and is answered that too", async () => {
    const { id, state } = await task("takeback done");
    await asked(id);
    writeFileSync(join(state, "take-back"), "");
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(heard(state, "taken back")).toEqual([-32800]);
    expect((await home.run(["inbox", "--json"])).stdout).not.toContain(id);
  });

  it("is refused files, terminals, forms and what nobody knows, and goes on", async () => {
    const { id, state } = await task("reach");
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(heard(state, "refused")).toEqual(
      ["fs/read_text_file", "fs/write_text_file", "terminal/create", "elicitation/create", "_vendor/ask"].map((method) => [
        method,
        -32601,
      ]),
    );
    expect(existsSync("/tmp/never")).toBe(false);
  });

  it("may send an image, unknown notifications, updates of a later version, and lines that are no protocol", async () => {
    const { id } = await task("image noise");
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(await resultOf(id)).toMatchObject({ text: "before afterafter noise" });
    expect((await home.run(["logs", id])).stdout).toContain("before afterafter noise");
  });

  it.each([
    ["refuse", "refused"],
    ["invalid", "failed"],
    ["logout", "auth"],
    ["overwritten", "signaled"],
  ])("ends as it says: %s", async (prompt, reason) => {
    const { id } = await task(prompt, {}, "--restart", "never");
    expect(await home.wait(id)).toMatchObject({ reason });
  });

  it("is waited for where it tells of a limit", async () => {
    const { id } = await task("limit", {}, "--account", "of-this-test");
    await until("the limit", async () => (await home.info(id)).waiting_for === "limit");
  });

  it("that wants a login says by which ways", async () => {
    const { id } = await task("hello", { SDK_LOGIN: "1" });
    expect(await home.wait(id)).toMatchObject({ reason: "auth" });
    expect((await resultOf(id)).error_text).toContain("Authentication required; the agent offers: API key (set SDK_KEY)");
  });

  it("of another version of the protocol is left, with both versions named", async () => {
    const { id } = await task("hello", { SDK_VERSION: "2" }, "--restart", "never");
    expect(await home.wait(id)).toMatchObject({ reason: "failed" });
    expect((await resultOf(id)).error_text).toMatch(/version 2 of the protocol.*version 1/);
  });
});

describe("a conversation with an agent on the official SDK", () => {
  it.each([
    ["loaded", { SDK_LOADS: "1" }, "load"],
    ["resumed", { SDK_RESUMES: "1" }, "resume"],
  ])("is %s by the next attempt, which hears nothing old as new", async (_how, env, method) => {
    const { id, state } = await session(env, "--restart", "on-failure", "--backoff", "10");
    expect((await say(id, "first")).stdout).toBe("1: first\n");
    const before = (await home.info(id)).session_id;
    await crash(id);
    expect((await say(id, "second")).stdout).toBe("2: second\n");
    expect(heard(state, method)).toEqual([before]);
    expect(heard(state, "new")).toHaveLength(1);
    expect((await home.run(["logs", id])).stdout).not.toContain("old first");
  });

  it("begins anew, and says so, where the agent can neither load nor resume", async () => {
    const { id, state } = await session({ SDK_LOADS: "0" }, "--restart", "on-failure", "--backoff", "10");
    await say(id, "first");
    await crash(id);
    expect((await say(id, "second")).stdout).toBe("1: second\n");
    expect(heard(state, "new")).toHaveLength(2);
    expect(heard(state, "load")).toEqual([]);
  });

  it("goes on over the same process when the daemon is killed, and nothing is sent twice", async () => {
    const { id, state } = await session();
    await say(id, "first");
    const pid = await home.agentPid(id);
    await home.run(["send", id, "ask"]);
    await asked(id);
    await home.killDaemon();
    await home.run(["start"]);
    await asked(id);
    await home.run(["answer", id, "allow"]);
    expect((await say(id, "third")).stdout).toBe("3: third\n");
    expect(await home.agentPid(id)).toBe(pid);
    for (const [name, count] of [
      ["initialize", 1],
      ["new", 1],
      ["prompt", 3],
      ["outcome", 1],
    ] as const)
      expect(heard(state, name), name).toHaveLength(count);
  });
});
