import { afterAll, describe, expect, it } from "vitest";
import { isAlive, processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { onTerminal } from "../tty/on-terminal.ts";
import { AgentHome } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

const send = async (id: string, ...words: string[]) => (await home.run(["send", "--wait", id, ...words])).stdout;
const statusOf = async (id: string) => (await home.info(id)).status;

async function session(kind = "claude") {
  const state = home.state();
  const flags = ["--provider", kind, "--type", "session", "--env", `FAKE_STATE=${state}`, "--env", "FAKE_SECRET=told"];
  const id = await home.start(...flags);
  expect(await send(id, "before")).toBe("1: before\n");
  return id;
}

/** Attaches on a terminal and waits until the agent's own program is there. */
async function attached(id: string) {
  const terminal = onTerminal(home, `attach ${id}`);
  await terminal.says("terminal on");
  return terminal;
}

/** The processes of a mission's conversation that a person opened. */
const programs = (id: string) => processesWith(id).filter(({ command }) => command.includes("--resume"));

describe("attach on a session of an agent", () => {
  it.each(["claude", "codex", "opencode"])(
    "opens the program of %s on the terminal, and the session goes on when it is left",
    async (kind) => {
      const id = await session(kind);
      const { session_id, cwd } = await home.info(id);
      const terminal = await attached(id);
      await terminal.says(`terminal on ${session_id} in ${cwd}, secret told`);
      expect(await statusOf(id)).toBe("paused");
      terminal.child.stdin?.write("said by hand\n");
      await terminal.says("heard said by hand");
      terminal.child.stdin?.write("quit\n");
      await terminal.says("code:0");
      await terminal.finished;
      expect(terminal.stdout).toContain("it goes on");
      expect(await send(id, "after")).toBe("3: after\n");
    },
  );

  it("lets the session go on when its terminal is closed", async () => {
    const id = await session();
    const terminal = await attached(id);
    terminal.child.kill("SIGKILL");
    await until("the session to go on", async () => (await statusOf(id)) === "running");
    expect(await send(id, "after")).toBe("2: after\n");
    expect(programs(id).filter(({ command }) => !command.includes("-p"))).toEqual([]);
  });

  it("lets the session go on when the attach is killed, and ends the program that it opened", async () => {
    const id = await session();
    const terminal = await attached(id);
    const [client] = processesWith(home.home).filter(
      ({ command }) => command.includes(`attach ${id}`) && /node|overmind/.test(command) && !/script|bash/.test(command),
    );
    process.kill(client?.pid ?? 0, "SIGKILL");
    await until("the session to go on", async () => (await statusOf(id)) === "running");
    expect(await send(id, "after")).toBe("2: after\n");
    await until("the terminal to be free", () => terminal.stdout.includes("code:137"));
    await terminal.finished;
  });

  it("goes on holding it over a death of the daemon", async () => {
    const id = await session("codex");
    const terminal = await attached(id);
    await home.killDaemon();
    await home.run(["start"]);
    terminal.child.stdin?.write("still here\n");
    await terminal.says("heard still here");
    expect(await statusOf(id)).toBe("paused");
    terminal.child.stdin?.write("quit\n");
    await terminal.finished;
    expect(await send(id, "after")).toBe("3: after\n");
  });

  it("is ended from outside by detach", async () => {
    const id = await session();
    const terminal = await attached(id);
    const pid = programs(id)[0]?.pid ?? 0;
    expect(await home.run(["detach", id])).toMatchObject({ code: 0, stdout: `Detached ${id}\n` });
    await terminal.finished;
    expect(isAlive(pid)).toBe(false);
    expect(await send(id, "after")).toBe("2: after\n");
    expect((await home.run(["detach", id])).code).toBe(1);
  });

  it("needs a terminal", async () => {
    const id = await session();
    const { code, stderr } = await home.run(["attach", id]);
    expect({ code, says: stderr.includes("overmind pause") }).toEqual({ code: 1, says: true });
    expect(await statusOf(id)).toBe("running");
  });
});
