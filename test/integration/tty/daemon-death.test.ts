import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { uniqueTag } from "../../support/agent.ts";
import { startArmed } from "../../support/fault-daemon.ts";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { commandsWith, isAlive, processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { onTerminal } from "./on-terminal.ts";

let home: Home;
afterEach(() => home.dispose());

const socket = () => join(home.home, "tmux.sock");
const servers = () => processesWith(home.home).filter(({ command }) => /^(\S*\/)?tmux .*start-server/.test(command));
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));

describe("while the daemon is dead", () => {
  it("a mission goes on on its terminal, is adopted with the same pid, and its end is told truly", async () => {
    home = startHome();
    const id = await home.start("--tty", "seq 1000; read -r line; seq 1001 50000; exit 9");
    await home.printed(id, "1000");
    const pid = await home.agentPid(id);
    await home.killDaemon();
    expect(isAlive(pid)).toBe(true);
    expect((await home.run(["start"])).code).toBe(0);
    expect(await home.info(id)).toMatchObject({ status: "running", os_pid: pid, attempt: 1 });
    expect((await home.run(["screen", id])).stdout).toContain("\n1000\n");
    await home.run(["send", id, ""]);
    await home.wait(id);
    expect(await home.info(id)).toMatchObject({ status: "crashed", exit_code: 9, reason: "failed", attempt: 1 });
    expect((await home.run(["logs", id])).stdout.split("\n").filter((line) => /\d/.test(line))).toEqual(numbers(50_000));
  });

  it("a mission ends: its code, its whole output and the end of who was attached", async () => {
    home = startHome();
    const flag = join(home.home, "go");
    const id = await home.start("--tty", `echo ready; while ! [ -e '${flag}' ]; do sleep 0.05; done; seq 50000; exit 9`);
    const person = onTerminal(home, `--no-autostart attach ${id}`);
    await person.says("ready");
    const pid = await home.agentPid(id);
    await home.killDaemon();
    await home.shell(`touch '${flag}'`);
    await until("the agent to be gone", () => !isAlive(pid));
    await until("the last line", () => person.stdout.includes("code:"));
    await until("no session", async () => (await home.shell(`tmux -S '${socket()}' list-sessions`)).stdout === "");
    expect((await home.run(["start"])).code).toBe(0);
    await home.wait(id);
    expect(await home.info(id)).toMatchObject({ status: "crashed", exit_code: 9, reason: "failed" });
    expect((await home.run(["logs", id])).stdout).toBe(["ready", ...numbers(50_000), ""].join("\n"));
    await until("no server", () => servers().length === 0);
  });

  it("somebody kills the shim: the mission is lost, honestly, and nothing of it is left", async () => {
    home = startHome();
    const tag = uniqueTag();
    const id = await home.start("--tty", `: ${tag}; echo ready; trap '' HUP; while :; do sleep 0.1; done`);
    await home.printed(id, "ready");
    const claim = readFileSync(join(home.home, "missions", id, "1.record"), "utf8");
    await home.killDaemon();
    process.kill(Number(/^shim (\d+)/m.exec(claim)?.[1]), "SIGKILL");
    expect((await home.run(["start"])).code).toBe(0);
    await home.wait(id);
    expect(await home.info(id)).toMatchObject({ status: "crashed", exit_code: null, reason: "lost" });
    expect(commandsWith(tag)).toEqual([]);
    await until("no server", () => servers().length === 0);
  });
});

describe("a daemon that dies while it makes a terminal", () => {
  it.each(["after_intent", "after_start_request"])("(%s) leaves no half of it, and nothing runs twice", async (point) => {
    home = startHome({ at: freshDirectory() });
    const daemon = await startArmed(home, point);
    const starts = join(home.home, "starts");
    await home.ask("run", { command: `echo run >>'${starts}'; exit 6`, tty: true, cwd: "/", name: "victim" }).catch(() => null);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    expect((await home.run(["start"])).code).toBe(0);
    await home.run(["wait", "victim"]);
    expect(await home.info("victim")).toMatchObject({ status: "crashed", exit_code: 6 });
    expect(readFileSync(starts, "utf8")).toBe("run\n");
    await until("no server", () => servers().length === 0);
  });
});

describe("the tmux server", () => {
  it("outlives a shutdown, and goes with shutdown --kill", async () => {
    home = startHome();
    const id = await home.start("--tty", "echo ready; exec sleep 1000");
    await home.printed(id, "ready");
    const pid = await home.agentPid(id);
    expect((await home.run(["shutdown"])).stdout).toContain("1 agent keeps running");
    expect([isAlive(pid), servers().length]).toEqual([true, 1]);
    await home.run(["shutdown", "--kill"]);
    expect([isAlive(pid), servers().length, existsSync(socket())]).toEqual([false, 0, false]);
  });

  it("is the home's alone: a person's own is neither seen nor ended", async () => {
    home = startHome();
    const own = join(home.home, "own.sock");
    await home.shell(`tmux -S '${own}' -f /dev/null new-session -d -s mine 'exec sleep 1000'`);
    const id = await home.start("--tty", "--env", `TMUX_TMPDIR=${home.home}`, "tmux kill-server; echo tried; read -r line");
    await home.printed(id, "tried");
    expect((await home.info(id)).status).toBe("running");
    await home.run(["shutdown", "--kill"]);
    expect((await home.shell(`tmux -S '${own}' list-sessions -F '#{session_name}'`)).stdout).toBe("mine\n");
    await home.shell(`tmux -S '${own}' kill-server`);
  });

  it("keeps nothing of a mission that was removed", async () => {
    home = startHome();
    const [one, other] = [await home.start("--tty", "echo one"), await home.start("--tty", "echo two; exec sleep 1000")];
    await home.wait(one);
    await home.printed(other, "two");
    expect((await home.run(["rm", one])).code).toBe(0);
    expect(existsSync(join(home.home, "missions", one))).toBe(false);
    const listed = await home.shell(`tmux -S '${socket()}' list-sessions -F '#{session_name}'`);
    expect(listed.stdout).toBe(`${other}-1\n`);
  });
});
