import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { overmindPath, startHome } from "../../support/home.ts";
import { environmentOf, isAlive, processesWith } from "../../support/processes.ts";
import { Spawned } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";

const home = startHome({ env: { SECRET_TOKEN: "hunter2-of-the-caller", TMUX: "/tmp/other,1,0", TMUX_PANE: "%7", LINES: "3" } });
afterAll(() => home.dispose());

const lines = (text: string) => text.trimEnd().split("\n");

describe("a mission with a terminal", () => {
  it("runs on it, in the foreground, at the size asked for", async () => {
    const id = await home.start("--tty", 'test -t 0 && test -t 1 && test -t 2 && stty size && echo "$TERM" && ps -o stat= -p $$');
    await home.wait(id);
    const [size, term, state] = lines(await home.logs(id));
    expect(size).toBe("40 120");
    expect(term).toMatch(/^(tmux|screen)/);
    expect(state).toContain("+");
    const small = await home.start("--tty", "--tty-size", "60x20", "stty size");
    await home.wait(small);
    expect(await home.logs(small)).toBe("20 60\n");
    expect((await home.info(small)).terminal).toEqual({ columns: 60, rows: 20 });
  });

  it("has the caller's environment, without what belongs to the caller's own terminal", async () => {
    const id = await home.start("--tty", "--", "env");
    await home.wait(id);
    const entries = lines(await home.logs(id));
    expect(entries).toContain("SECRET_TOKEN=hunter2-of-the-caller");
    expect(entries).toContain(`OVERMIND_MISSION_ID=${id}`);
    expect(entries.filter((entry) => /^(TMUX|TMUX_PANE|LINES|COLUMNS|OVERMIND_DAEMON)=/.test(entry))).toEqual([]);
  });

  it.each([
    ["exit 7", { status: "crashed", exit_code: 7, signal: null, reason: "failed" }],
    ["exit 0", { status: "stopped", exit_code: 0, signal: null, reason: "completed" }],
    ["exit 143", { status: "crashed", exit_code: 143, signal: null, reason: "failed" }],
    ["kill -USR1 $$", { status: "crashed", exit_code: 138, signal: "SIGUSR1", reason: "signaled" }],
    ["kill -KILL $$", { status: "crashed", exit_code: 137, signal: "SIGKILL", reason: "signaled" }],
  ])("ends with the truth: %s", async (command, end) => {
    const id = await home.start("--tty", command);
    await home.wait(id);
    expect(await home.info(id)).toMatchObject(end);
  });

  it("says when its program cannot be run", async () => {
    const id = await home.start("--tty", "--", "/no/such/program");
    await home.wait(id);
    expect(await home.info(id)).toMatchObject({ status: "crashed", exit_code: 127, reason: "spawn_error" });
    expect(await home.logs(id)).toContain("/no/such/program");
  });

  it("loses nothing of what is printed fast, to the last line", async () => {
    const ids = await Promise.all([1, 2, 3].map(() => home.start("--tty", "seq 100000; printf end")));
    for (const id of ids) {
      await home.wait(id);
      const raw = await home.run(["logs", "--raw", id]);
      expect(raw.stdout.endsWith("\r\n100000\r\nend")).toBe(true);
      expect(lines((await home.run(["logs", id])).stdout)).toEqual([
        ...Array.from({ length: 100_000 }, (_, index) => String(index + 1)),
        "end",
      ]);
    }
  });

  it("shows clean text in logs and every byte in logs --raw, also to those who follow", async () => {
    const id = await home.start("--tty", "printf '\\033[31mred\\033[0m 10%%\\r\\033[Kdone\\n'; read x; printf '\\033[1mbold'");
    const follower = home.spawn(["logs", "-f", id]);
    await follower.says("done\n");
    await home.run(["send", id, "go"]);
    expect((await follower.finished).stdout).toBe("done\ngo\nbold");
    const raw = await home.run(["logs", "--raw", id]);
    expect(raw.stdout).toBe("\u001b[31mred\u001b[0m 10%\r\u001b[Kdone\r\ngo\r\n\u001b[1mbold");
  });

  it("comes up whole where many start at once", async () => {
    const line = "echo begun; read -r line; echo ended";
    const ids = await Promise.all(Array.from({ length: 12 }, () => home.ask("run", { command: line, tty: true, env: {} })));
    for (const { id } of ids) await home.printed(id, "begun");
    await Promise.all(ids.map(({ id }) => home.ask("send", { id, message: "go" })));
    for (const { id } of ids) {
      expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
      expect(await home.logs(id)).toBe("begun\ngo\nended\n");
    }
  });

  it("restarts as its policy says, on a new terminal", async () => {
    const id = await home.start("--tty", "--restart", "on-failure", "--backoff", "10", "--max-restarts", "2", "tty; exit 4");
    await home.wait(id);
    const { attempts, status } = await home.info(id);
    expect(status).toBe("crashed");
    expect(attempts.map((attempt: { exit_code: number }) => attempt.exit_code)).toEqual([4, 4, 4]);
    expect((await home.logs(id)).match(/^\/dev\/pts\/\d+$/gm)).toHaveLength(3);
  });

  it("is stopped also when it ignores hang-ups and more", async () => {
    const id = await home.start("--tty", "--grace", "1", "trap '' HUP TERM INT; echo set; while :; do sleep 1; done");
    await home.printed(id, "set");
    const pid = await home.agentPid(id);
    await home.run(["stop", id]);
    expect(isAlive(pid)).toBe(false);
    expect(await home.info(id)).toMatchObject({ status: "stopped", reason: "stopped", signal: "SIGKILL" });
  });

  it("leaves nothing behind, nor ends what it may leave", async () => {
    const id = await home.start("--tty", "set -m; sleep 4321 & (setsid sleep 4322 &); read -r _");
    const asleep = () => processesWith(home.home).map(({ command }) => command);
    await until("both to sleep", () => ["sleep 4321", "sleep 4322"].every((one) => asleep().includes(one)), { seen: asleep });
    await home.run(["send", id, "go"]);
    await home.wait(id);
    const { attempts } = await home.info(id);
    expect(attempts[0].leftovers.map((one: { command: string }) => one.command).toSorted()).toEqual(["sleep 4321", "sleep 4322"]);
    const kept = await home.start("--tty", "--keep-leftovers", "sleep 4323 & echo $!");
    await home.wait(kept);
    const pid = Number((await home.logs(kept)).trim());
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  it("is hung up when somebody ends the tmux server under it", async () => {
    const id = await home.start("--tty", "echo here; exec sleep 1000");
    await home.printed(id, "here");
    const server = processesWith(home.home).find(({ command }) => command.startsWith("tmux ") || command.includes("/tmux "));
    process.kill(server?.pid ?? 0, "SIGKILL");
    await home.wait(id);
    expect(await home.info(id)).toMatchObject({ status: "crashed", signal: "SIGHUP" });
    const next = await home.start("--tty", "echo works");
    await home.wait(next);
    expect(await home.logs(next)).toBe("works\n");
  });

  it("puts no secret into a command line nor into the tmux server's environment", async () => {
    const id = await home.start("--tty", "--env", "MY_KEY=s3cret-value", "echo here; exec sleep 1000");
    await home.printed(id, "here");
    await home.run(["send", id, "typed-s3cret"]);
    const agent = await home.agentPid(id);
    // Whoever's command started the daemon gave it their environment.
    const daemon = await home.daemonPid();
    const others = processesWith(home.home).filter(({ pid }) => pid !== agent && pid !== daemon);
    const words = others.map(({ pid, command }) => `${command} ${environmentOf(pid).join(" ")}`).join("\n");
    expect(words).toContain("tmux");
    expect(words).not.toMatch(/s3cret|hunter2/);
    const shown = await home.shell(`tmux -S '${join(home.home, "tmux.sock")}' show-environment -g`);
    expect(shown.stdout).toContain("OVERMIND_DAEMON=");
    expect(shown.stdout).not.toMatch(/s3cret|hunter2/);
    await home.run(["kill", id]);
  });

  it("lets the tmux server go when no terminal is left", async () => {
    await until("the server to be gone", () => !processesWith(home.home).some(({ command }) => command.includes("tmux ")));
    expect(existsSync(join(home.home, "tmux.sock"))).toBe(false);
  });
});

describe("refused before anything is made", () => {
  it.each([
    [["run", "--tty-size", "80x24", "true"], 2, "--tty-size goes with --tty"],
    [["run", "--tty", "-i", "true"], 2, "--tty and --interactive exclude each other"],
    [["run", "--tty", "--tty-size", "80", "true"], 1, "Error: --tty-size: must be columns x rows"],
    [["run", "--tty", "--tty-size", "5x5", "true"], 1, "Error: --tty-size: must be columns x rows"],
    [["run", "--tty", "--provider", "claude", "hello"], 1, "only commands have a terminal"],
  ])("%j", async (args, code, says) => {
    const ended = await home.run(args as string[]);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(says);
  });
});

describe("without tmux", () => {
  const bare = startHome({ env: { PATH: "/nowhere" } });
  const overmind = (...args: string[]) => new Spawned(process.execPath, [overmindPath, ...args], { env: bare.env }).finished;
  afterAll(async () => {
    await overmind("shutdown", "--kill");
    await bare.dispose();
  });

  it("a terminal is refused with the fix, and everything else works", async () => {
    const ended = await overmind("run", "--tty", "true");
    expect(ended.stderr).toMatch(/^Error: --tty: tmux is not in the daemon's PATH \(invalid_argument\)\nInstall tmux/m);
    expect(ended.code).toBe(1);
    expect((await overmind("ps", "-q")).stdout).toBe("");
    expect((await overmind("run", "--wait", "exit 6")).code).toBe(6);
  });
});
