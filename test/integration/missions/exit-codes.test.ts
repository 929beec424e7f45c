import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("run --wait", () => {
  it.each([0, 1, 42, 255])("exits with the command's own code %i", async (code) => {
    expect((await home.run(["run", "--wait", `exit ${code}`])).code).toBe(code);
  });

  it.each([
    ["TERM", 143],
    ["KILL", 137],
    ["INT", 130],
    ["USR1", 138],
    ["SEGV", 139],
  ] as const)("exits with 128+n for a command ended by SIG%s", async (signal, code) => {
    const { stdout, code: waited } = await home.run(["run", "--wait", "--json", `kill -${signal} $$`]);
    expect(waited).toBe(code);
    const [mission] = await home.ask("list", { all: true }).then((missions) => missions.slice(-1));
    expect(mission, stdout).toMatchObject({ status: "crashed", reason: "signaled", signal: `SIG${signal}`, exit_code: code });
  });

  it("takes a code above 128 for an ordinary code, not for a signal", async () => {
    expect((await home.run(["run", "--wait", "--name", "gemini", "exit 144"])).code).toBe(144);
    expect(await home.info("gemini")).toMatchObject({ exit_code: 144, signal: null, reason: "failed", status: "crashed" });
  });

  it("exits 127 for a command that does not exist, as a shell line and as an argv", async () => {
    expect((await home.run(["run", "--wait", "no-such-command-here"])).code).toBe(127);
    expect((await home.run(["run", "--wait", "--name", "argv", "--", "no-such-command-here"])).code).toBe(127);
    expect(await home.info("argv")).toMatchObject({ reason: "spawn_error", exit_code: 127, status: "crashed" });
  });

  it("exits 126 for a file that cannot be executed", async () => {
    expect((await home.run(["run", "--wait", "--", "/etc/passwd"])).code).toBe(126);
  });

  it("counts the codes given as success codes as success", async () => {
    const { code } = await home.run(["run", "--wait", "--name", "three", "--success-codes", "0,3", "exit 3"]);
    expect(code).toBe(3);
    expect(await home.info("three")).toMatchObject({ status: "stopped", reason: "completed", exit_code: 3 });
  });

  it("ends a command at its --timeout and says so", async () => {
    const { code, stderr } = await home.run(["run", "--wait", "--name", "late", "--timeout", "200ms", "sleep 60"]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^Mission \w+ ran longer than its timeout\. More: overmind why \w+$/m);
    expect(await home.info("late")).toMatchObject({ status: "crashed", reason: "timeout" });
  });
});

describe("a mission that crashed though its process exited with 0", () => {
  it.each([
    ["ran longer than its timeout", ["--timeout", "3s"], "trap 'exit 0' TERM; while :; do sleep 0.05; done"],
    ["did not succeed \\(reason: failed\\)", ["--success-codes", "3"], "exit 0"],
  ])("is no success to a script: it %s", async (says, flags, line) => {
    const id = await home.start(...flags, line);
    const { code, stdout, stderr } = await home.run(["wait", id]);
    expect([code, stdout]).toEqual([1, `Mission ${id} finished: crashed (exit code 0)\n`]);
    expect(stderr).toMatch(new RegExp(`^Mission ${id} ${says}\\. More: overmind why ${id}$`, "m"));
  });
});

describe("a flag of run behind the command", () => {
  it("is a word of a shell line, and the person is told so", async () => {
    const { code, stdout, stderr } = await home.run(["run", "-f", "echo hello", "--name", "x"]);
    expect([code, stdout]).toEqual([0, "hello --name x\n"]);
    expect(stderr).toContain("Note: --name stands behind the command and is a word of it; flags of run stand before it.\n");
  });

  it("is the program's own behind --, or where the first word is a program", async () => {
    for (const words of [
      ["echo", "hello", "--name"],
      ["--", "echo", "a b", "--name"],
    ])
      expect((await home.run(["run", "-f", ...words])).stderr).not.toContain("Note:");
  });
});

describe("talking to what is no session", () => {
  it.each([["send", "hello"], ["interrupt"], ["subscribe"]])("by %s says what would be one", async (command, ...words) => {
    const id = await home.start("sleep 100");
    const { code, stderr } = await home.run([command, id, ...words]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("started with run --type session")]);
    await home.ask("kill", { id });
  });

  it("by interrupt says what a task takes instead, as long as it runs", async () => {
    const id = await home.start("--name", "busy", "sleep 100");
    const running = await home.run(["interrupt", "busy"]);
    expect(running.stderr).toContain("busy is a task, which has no turns to interrupt");
    expect(running.stderr).toContain("overmind signal busy INT, or end it: overmind stop busy\n");
    await home.ask("kill", { id });
    const { code, stderr } = await home.run(["interrupt", "busy"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("It has ended; what it printed: overmind logs busy\n")]);
    expect(stderr).not.toContain("signal");
  });
});

describe("detach", () => {
  it("of a task says that there is nobody, and whether it has ended", async () => {
    const id = await home.start("--name", "lonely", "sleep 100");
    const running = await home.run(["detach", "lonely"]);
    expect([running.code, running.stderr]).toEqual([1, expect.stringMatching(/^Error: nobody can be attached to lonely \(/)]);
    await home.ask("kill", { id });
    const { code, stderr } = await home.run(["detach", "lonely"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("lonely has ended: nobody is attached to it any more.")]);
    expect(stderr).not.toContain("--tty");
  });
});

describe("a run that cannot be", () => {
  const missionsNow = async () => (await home.ask("list", { all: true })).length;
  const filesNow = () => (existsSync(join(home.home, "missions")) ? readdirSync(join(home.home, "missions")).length : 0);

  it.each([
    ["a directory that does not exist", ["run", "--cwd", "/no/such/dir", "true"], "cwd_not_found", 1],
    ["a name that is no name", ["run", "--name", "a b", "true"], "invalid_argument", 1],
    ["an unknown parent", ["run", "--parent", "nobody", "true"], "parent_not_found", 1],
    ["an empty command", ["run", ""], "empty_command", 1],
  ])("is refused before anything is made: %s", async (_what, args, word, code) => {
    await home.run(["start"]);
    const before = [await missionsNow(), filesNow()];
    const ended = await home.run(args);
    expect(ended.stderr).toContain(`(${word})`);
    expect(ended.stderr).toMatch(/^Error: [^\n]+\n/);
    expect(ended.code).toBe(code);
    expect([await missionsNow(), filesNow()]).toEqual(before);
  });

  it("is refused with the name of the parent and the flag as they were given", async () => {
    const orphan = await home.run(["run", "--parent", "nobody", "true"]);
    expect(orphan.stderr).toContain(
      "Error: no mission has the id or name 'nobody', which was given as parent (parent_not_found)",
    );
    for (const flags of [[], ["--wait"]])
      expect((await home.run(["run", ...flags, "--account", "team", "true"])).stderr).toMatch(
        /^Error: --account: is only for agents/,
      );
  });

  it("is refused when a live mission holds the name, and allowed once it has ended", async () => {
    const id = await home.start("--name", "twin", "sleep 100");
    const second = await home.run(["run", "--name", "twin", "true"]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("name_taken")]);
    await home.ask("kill", { id });
    expect((await home.run(["run", "--wait", "--name", "twin", "exit 9"])).code).toBe(9);
    expect(await home.info("twin")).toMatchObject({ exit_code: 9 });
  });

  it.each([[["frobnicate"]], [["run", "--no-such-flag", "true"]], [["stop"]], [["wait", "--timeout", "soon", "x"]]])(
    "is a usage error with code 2: overmind %j",
    async (args) => {
      const ended = await home.run(args);
      expect([ended.code, ended.stdout]).toEqual([2, ""]);
      expect(ended.stderr).toContain("Error: ");
    },
  );

  it.each([
    [["run", "--env-file", "/no/x.env", "true"], 2, "--env-file /no/x.env cannot be read: there is no such file"],
    [["run", "--env-file", "/tmp", "true"], 2, "--env-file /tmp cannot be read: it is a directory"],
    [["init", "/no/sub/x.toml"], 1, "/no/sub/x.toml cannot be written: there is no directory /no/sub"],
  ])("says in plain words what is wrong with a file: overmind %j", async (args, expected, says) => {
    const { code, stderr } = await home.run(args);
    expect([code, stderr]).toEqual([expected, `Error: ${says} (invalid_argument)\n`]);
  });

  it.each([
    [
      ["--json", "ps", "-a"],
      "flags follow the command: '--json' stands where the command is expected",
      "Try: overmind ps --json -a",
    ],
    [["--name", "x y", "run"], "flags follow the command: '--name' stands where the command is expected", "Try: overmind --help"],
    [["claude"], "there is no command 'claude'", "Start an agent: overmind claude run …"],
    [["codex", "explain"], "there is no command 'codex'", "Start an agent: overmind codex run …"],
  ])("tells what stands in the place of the command: overmind %j", async (args, says, hint) => {
    const { code, stderr } = await home.run(args);
    expect([code, stderr]).toEqual([2, `Error: ${says} (unknown_command)\n${hint}\n`]);
  });

  it("tells a command that is none by its code", async () => {
    const { code, stderr } = await home.run(["stat"]);
    expect([code, stderr]).toEqual([2, "Error: there is no command 'stat' (unknown_command)\nDid you mean: overmind start\n"]);
  });

  it.each([
    [["run", "--jitter", "2", "true"], "--jitter takes a share from 0 to 1, not 2"],
    [["run", "--nice", "30", "true"], "--nice takes a niceness from -20 to 19, not 30"],
    [["run", "--memory-max", "0", "true"], "--memory-max takes a size of at least 1 byte, not '0'"],
    [["top", "--interval", "0"], "--interval takes at least 0.2s"],
  ])("is a usage error that names the range: overmind %j", async (args, words) => {
    expect(await home.run(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(`Error: ${words}`) });
  });
});

describe("the logs of an attempt that is not there", () => {
  it("are an error that names those that are", async () => {
    const id = await home.start("--name", "thrice", "--restart", "on-failure", "--max-restarts", "2", "--backoff", "0", "exit 1");
    await home.wait(id);
    for (const n of ["9", "0"]) {
      const ended = await home.run(["logs", "--attempt", n, id]);
      const words = `Error: attempt: thrice has no attempt ${n}; there is 1 to 3 (invalid_argument)`;
      expect([ended.code, ended.stdout, ended.stderr]).toEqual([1, "", expect.stringContaining(words)]);
    }
    expect((await home.run(["logs", "--attempt", "3", id])).code).toBe(0);
    expect((await home.run(["logs", "--attempt", "3"])).stdout).toContain(`=== thrice (${id}) ===`);
  });
});

describe("wait", () => {
  it("answers at once for a mission that has ended, as often as asked", async () => {
    const id = await home.start("exit 7");
    await home.wait(id);
    for (let i = 0; i < 2; i += 1) {
      const ended = await home.run(["wait", id]);
      expect(ended.code).toBe(7);
      expect(ended.stdout).toBe(`Mission ${id} finished: crashed (exit code 7)\n`);
    }
  });

  it("exits 125 for an unknown mission", async () => {
    const ended = await home.run(["wait", "zzzzzzzz"]);
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringContaining("(not_found)")]);
  });

  it("exits 124 with the word timeout when the time has passed, and leaves the mission running", async () => {
    const id = await home.start("sleep 100");
    const ended = await home.run(["wait", id, "--timeout", "200"]);
    expect([ended.code, ended.stderr]).toEqual([124, expect.stringContaining("timeout")]);
    expect(await home.info(id)).toMatchObject({ status: "running" });
    await home.ask("kill", { id });
    expect((await home.run(["wait", id])).code).toBe(137);
  });

  it("of several with one that is late exits with the first code that is not 0, in the order given", async () => {
    const failed = await home.start("exit 3");
    const fine = await home.start("exit 0");
    const late = await home.start("sleep 100");
    await home.wait(failed);
    const codeOf = async (...ids: string[]) => (await home.run(["wait", "--timeout", "300", ...ids])).code;
    expect([await codeOf(failed, late), await codeOf(late, failed), await codeOf(fine, late)]).toEqual([3, 124, 124]);
    const told = await home.run(["wait", "--timeout", "300", failed, late]);
    expect([told.stdout, told.stderr]).toEqual([
      `Mission ${failed} finished: crashed (exit code 3)\n`,
      expect.stringContaining("(timeout)"),
    ]);
    await home.ask("kill", { id: late });
  });

  it("exits with the first code that is not 0, in the order given", async () => {
    const ids = [await home.start("exit 0"), await home.start("sleep 0.3; exit 5"), await home.start("exit 6")];
    expect((await home.run(["wait", ...ids])).code).toBe(5);
    expect((await home.run(["wait", ids[2] ?? "", ids[1] ?? ""])).code).toBe(6);
  });

  it("--any answers with the first that ends and leaves the others alone", async () => {
    const slow = await home.start("sleep 100");
    const quick = await home.start("exit 8");
    const ended = await home.run(["wait", "--any", slow, quick]);
    expect([ended.code, ended.stdout]).toEqual([8, expect.stringContaining(quick)]);
    expect(await home.info(slow)).toMatchObject({ status: "running" });
    await home.ask("kill", { id: slow });
  });

  it("--any refuses a name that nobody bears, also where another has ended", async () => {
    const done = await home.start("true");
    await home.wait(done);
    const { code, stdout, stderr } = await home.run(["wait", "--any", done, "nope"]);
    expect([code, stdout, stderr]).toEqual([125, "", expect.stringContaining("(not_found)")]);
  });

  it("--for exits 0 when the status is reached and 1 when the mission ended without it", async () => {
    const id = await home.start("sleep 100");
    expect((await home.run(["wait", "--for", "running", id])).code).toBe(0);
    const waiting = home.run(["wait", "--for", "paused", id]);
    await home.ask("kill", { id });
    expect((await waiting).code).toBe(1);
  });

  it("says in JSON that a code is the mission's own", async () => {
    const id = await home.start("exit 124");
    const ended = await home.run(["wait", "--json", id]);
    expect(ended.code).toBe(124);
    expect(JSON.parse(ended.stdout)).toMatchObject({ source: "mission", exit_code: 124, status: "crashed" });
  });

  it("exits 0 for a mission that was stopped and left with 0, 137 for one that was killed", async () => {
    const id = await home.start("trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done");
    await home.printed(id, "up");
    await home.run(["stop", id]);
    expect((await home.run(["wait", id])).code).toBe(0);
    expect(await home.info(id)).toMatchObject({ status: "stopped", reason: "stopped", exit_code: 0 });
  });
});
