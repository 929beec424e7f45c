import { spawn } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import type { WireConnection } from "../../support/wire.ts";
import { AgentHome, callsIn } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

const send = async (id: string, ...words: string[]) => (await home.run(["send", "--wait", id, ...words])).stdout;
const statusOf = async (id: string) => (await home.info(id)).status;

/** A session in which something was said. */
async function session(kind: string, ...flags: string[]) {
  const state = home.state();
  const secret = ["--env", `FAKE_STATE=${state}`, "--env", "FAKE_SECRET=told"];
  const id = await home.start("--provider", kind, "--type", "session", ...secret, ...flags);
  expect(await send(id, "before")).toBe("1: before\n");
  return { id, state };
}

interface Ready {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly session_id: string;
  readonly environment: readonly string[];
}

/** Takes a session over and answers what is to be opened. */
async function take(id: string, wire: WireConnection = home.wire()) {
  const { reply } = wire.start("take_over", { id, by: "test" });
  const isRefused = reply.then((answer) => {
    throw new Error(JSON.stringify(answer));
  });
  const ready = await Promise.race([
    until("the hand-over", () => wire.events.find(({ type }) => type === "ready") as Ready | undefined),
    isRefused,
  ]);
  isRefused.catch(() => undefined);
  return { wire, reply, ready };
}

const environmentOf = ({ environment }: Ready): Record<string, string> =>
  Object.fromEntries(
    environment.map((entry) => {
      const text = Buffer.from(entry, "base64").toString();
      return [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)];
    }),
  );

/** Opens the agent's own program, in a group of its own as a terminal would. */
function open(ready: Ready) {
  const [program = "", ...words] = ready.argv;
  const child = spawn(program, words, { cwd: ready.cwd, env: environmentOf(ready), stdio: ["pipe", "pipe", "ignore"] });
  let said = "";
  child.stdout.on("data", (bytes) => {
    said += bytes;
  });
  return {
    child,
    pid: child.pid ?? 0,
    closed: new Promise((resolve) => child.once("close", resolve)),
    async says(text: string) {
      await until(`'${text}' in the program`, () => said.includes(text), { seen: () => said });
    },
  };
}

describe.each(["claude", "codex", "gemini", "opencode"])("a take-over of %s", (kind) => {
  it("ends the agent, opens its own program where the mission runs, and goes on with what was said there", async () => {
    const { id, state } = await session(kind);
    const { session_id, cwd } = await home.info(id);
    const pid = await home.agentPid(id);
    const { ready, reply, wire } = await take(id);
    expect(isAlive(pid)).toBe(false);
    expect(await home.info(id)).toMatchObject({ status: "paused", os_pid: null });
    expect(ready).toMatchObject({ session_id, cwd });
    expect(ready.argv).toContain(session_id);
    expect(ready.argv.join(" ")).not.toContain("told");
    const terminal = open(ready);
    await terminal.says(`terminal on ${session_id} in ${cwd}, secret told`);
    terminal.child.stdin.write("said by hand\nquit\n");
    await terminal.closed;
    expect(await wire.request("take_over", { id, back: true })).toMatchObject({ ok: true });
    expect(await reply).toMatchObject({ ok: true });
    // Of gemini's own sessions none that began by its protocol can be loaded: it says so.
    const isKept = kind !== "gemini";
    expect(await send(id, "after")).toBe(isKept ? "3: after\n" : "1: after\n");
    if (isKept) expect((await home.info(id)).session_id).toBe(session_id);
    expect(callsIn(state)).toHaveLength(3);
    expect(await home.info(id)).toMatchObject({ status: "running", restart_count: 0 });
    const markers = (await home.logs(id)).split("\n").filter((line) => /^--- re[a-z]+ /.test(line));
    expect(markers).toEqual([expect.stringMatching(/^--- resumed at \S+Z \(attempt 2\) ---$/)]);
  });
});

describe("a take-over", () => {
  it("that loses its connection is over: its program is ended, and the mission goes on", async () => {
    const { id } = await session("claude");
    const { ready, wire } = await take(id);
    const terminal = open(ready);
    await terminal.says("terminal on");
    await wire.request("take_over", { id, child: terminal.pid });
    wire.close();
    await terminal.closed;
    await until("the session to go on", async () => (await statusOf(id)) === "running");
    expect(await send(id, "alone again")).toBe("2: alone again\n");
  });

  it("goes on when its holder comes back to the next daemon", async () => {
    const { id } = await session("codex");
    await take(id);
    await home.killDaemon();
    await home.run(["start"]);
    const { ready, wire } = await take(id);
    expect(await statusOf(id)).toBe("paused");
    expect(ready.session_id).toBe((await home.info(id)).session_id);
    await wire.request("take_over", { id, back: true });
    expect(await send(id, "after")).toBe("2: after\n");
  });

  it("is over for the next daemon when its holder does not come back", async () => {
    const { id } = await session("opencode");
    const { ready, wire } = await take(id);
    const terminal = open(ready);
    await terminal.says("terminal on");
    await wire.request("take_over", { id, child: terminal.pid });
    await home.killDaemon();
    await home.run(["start"]);
    await terminal.closed;
    await until("the session to go on", async () => (await statusOf(id)) === "running");
    expect(await send(id, "after")).toBe("2: after\n");
  });

  it("is refused to a second one, and told to leave by an unpause from outside", async () => {
    const { id } = await session("claude");
    const { wire, reply } = await take(id);
    expect(await home.wire().request("take_over", { id })).toMatchObject({ code: "paused" });
    expect((await home.run(["send", id, "meanwhile"])).stderr).toContain("paused");
    expect((await home.run(["unpause", id])).code).toBe(0);
    expect(await reply).toMatchObject({ ok: true });
    expect(wire.events.at(-1)).toEqual({ type: "leave" });
    expect(await send(id, "after")).toBe("2: after\n");
  });

  it("is told to leave when the mission is stopped", async () => {
    const { id } = await session("codex");
    const { wire, reply } = await take(id);
    expect((await home.run(["stop", id])).code).toBe(0);
    await reply;
    expect(wire.events.at(-1)).toEqual({ type: "leave" });
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
  });

  it("interrupts the turn that runs", async () => {
    const { id } = await session("claude");
    const hanging = home.run(["send", "--wait", id, "hang"]);
    await until("the turn to run", async () => (await home.run(["logs", "--raw", id])).stdout.includes('"hang"'));
    const { wire } = await take(id);
    expect((await hanging).code).toBe(1);
    await wire.request("take_over", { id, back: true });
    expect(await send(id, "after")).toBe("3: after\n");
  });

  it("is refused where there is nothing to take over", async () => {
    const command = await home.start("--type", "session");
    const protocol = await home.start(
      "--provider",
      "acp",
      "--type",
      "session",
      "--env",
      `FAKE_STATE=${home.state()}`,
      "--",
      "opencode",
      "acp",
    );
    expect(await home.wire().request("take_over", { id: command })).toMatchObject({ code: "not_session" });
    expect(await home.wire().request("take_over", { id: protocol })).toMatchObject({ code: "invalid_argument" });
    const silent = await home.start("--provider", "claude", "--type", "session", "--env", `FAKE_STATE=${home.state()}`);
    expect(await home.wire().request("take_over", { id: silent })).toMatchObject({ code: "invalid_argument" });
    await home.run(["kill", silent]);
    expect(await home.wire().request("take_over", { id: silent })).toMatchObject({ code: "not_running" });
  });
});

describe("a session that is paused by hand", () => {
  it("tells which conversation to open where, has no process, and waits for its unpause also over a death of the daemon", async () => {
    const { id } = await session("claude");
    const { session_id, cwd } = await home.info(id);
    const { stdout } = await home.run(["pause", "--json", id]);
    expect(JSON.parse(stdout)).toEqual({ id, ok: true, session_id, cwd });
    expect(await home.ask("pause", { id })).toEqual({ session_id, cwd });
    await home.killDaemon();
    await home.run(["start"]);
    // A session that somebody held is given back by then, this one is not.
    const held = await session("codex");
    const { wire } = await take(held.id);
    wire.close();
    await until("the other to go on", async () => (await statusOf(held.id)) === "running");
    expect(await home.info(id)).toMatchObject({ status: "paused", os_pid: null });
    expect((await home.run(["unpause", id])).code).toBe(0);
    expect(await send(id, "after")).toBe("2: after\n");
  });
});
