import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takeClaim } from "../../../src/runner/attempt-files.ts";
import { freshDirectory } from "../../support/home.ts";
import { environmentOf } from "../../support/processes.ts";
import { canMount, mountSmallDisk } from "../../support/small-disk.ts";
import { Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.open();
});
afterAll(() => rig.dispose());

describe("the end of an agent", () => {
  it.each<[string, string, number, string | null]>([
    ["success", "true", 0, null],
    ["a code", "exit 42", 42, null],
    ["the greatest code", "exit 255", 255, null],
    ["a code that looks like a signal", "exit 143", 143, null],
    ["a missing command in a shell line", "nosuchcommand", 127, null],
    ["SIGTERM", "kill -TERM $$", 143, "SIGTERM"],
    ["SIGKILL", "kill -KILL $$", 137, "SIGKILL"],
    ["SIGINT", "kill -INT $$", 130, "SIGINT"],
    ["SIGHUP", "kill -HUP $$", 129, "SIGHUP"],
    ["SIGQUIT", "kill -QUIT $$", 131, "SIGQUIT"],
    ["SIGPIPE", "kill -PIPE $$", 141, "SIGPIPE"],
    ["SIGUSR1", "kill -USR1 $$", 138, "SIGUSR1"],
  ])("by %s is told as it was", async (_, command, code, signal) => {
    const before = Date.now();
    const observed = rig.start(command);
    expect(await observed.ended()).toMatchObject({ type: "exited", code, signal, isClean: true });
    expect(observed.facts.map(({ type }) => type)).toEqual(["started", "exited"]);
    const { endedAt } = (await observed.ended()) as { endedAt: number };
    expect(endedAt).toBeGreaterThanOrEqual(before - 1);
    expect(endedAt).toBeLessThanOrEqual(Date.now() + 1);
  });

  it("comes to the right one of 200 that run at once", async () => {
    const many = Array.from({ length: 200 }, (_, number) => rig.start(`exit ${number}`));
    const ends = await Promise.all(many.map((observed) => observed.ended()));
    expect(ends.map((end) => (end.type === "exited" ? end.code : end.type))).toEqual(many.map((_, number) => number));
  });
});

describe("an agent that cannot be started", () => {
  it.each<[string, readonly string[], number, string]>([
    ["a missing program", ["nosuchprogram", "x"], 127, "exec nosuchprogram: No such file or directory"],
    ["a directory", ["/tmp"], 126, "exec /tmp: Permission denied"],
    ["a file that is not executable", ["/etc/passwd"], 126, "exec /etc/passwd: Permission denied"],
    ["an empty word", [""], 127, "exec : No such file or directory"],
  ])("because of %s says so in its end and its output", async (_, argv, code, message) => {
    const observed = rig.start(argv);
    expect(await observed.ended()).toMatchObject({ type: "spawn_error", code, message });
    expect(observed.output).toBe(`overmind: ${message}\n`);
    expect(observed.facts).toHaveLength(1);
  });

  it("because its directory is gone says which", async () => {
    const directory = freshDirectory();
    rmSync(directory, { recursive: true });
    const observed = rig.start("true", { cwd: directory });
    expect(await observed.ended()).toMatchObject({
      type: "spawn_error",
      code: 126,
      message: `chdir ${directory}: No such file or directory`,
    });
  });

  it("because its environment is gone says so", async () => {
    const paths = rig.mission(rig.nextId());
    rmSync(paths.environment);
    expect(await rig.start("true", { paths }).ended()).toMatchObject({ type: "spawn_error", code: 126 });
  });

  it("because its mission's files were removed leaves nothing behind", async () => {
    const paths = rig.mission(rig.nextId());
    rmSync(paths.directory, { recursive: true });
    expect(await rig.start("true", { paths }).ended()).toMatchObject({ type: "spawn_error", code: 126 });
    expect(existsSync(paths.directory)).toBe(false);
  });

  it.skipIf(!canMount)("because the disk is full is a spawn error, and runs nothing", async () => {
    const disk = mountSmallDisk("size=64k");
    if (disk === null) throw new Error("mounting worked a moment ago");
    const small = await Rig.open(disk.path);
    try {
      const paths = small.mission("full");
      const filler = small.start("cat /dev/zero >filler; true", { cwd: disk.path });
      expect(await filler.ended()).toMatchObject({ type: "exited", code: 0 });
      expect(await small.start("touch ran", { cwd: disk.path, paths, mission: "full" }).ended()).toMatchObject({
        type: "spawn_error",
        code: 126,
      });
      expect(() => statSync(`${disk.path}/ran`)).toThrow();
    } finally {
      await small.dispose().catch(() => undefined);
      disk.unmount();
    }
  });
});

describe("what an agent gets", () => {
  it("is each word of its argv exactly", async () => {
    const words = ["", "a b", "$(id)", "'\"", "line\nbreak", "żółw", "-n", "*"];
    const observed = rig.start(["perl", "-e", "print join '|', @ARGV", ...words]);
    await observed.ended();
    expect(Buffer.from(observed.output, "latin1").toString()).toBe(words.join("|"));
  });

  it("is the environment byte for byte, names that are no identifiers too", async () => {
    const entries = [
      "BASH_FUNC_x%%=() { echo hi; }",
      "npm_config_@x:registry=http://r",
      "my.var=1",
      "A-B=",
      "MULTI=a\nb=c",
      "PPID=7",
      "IFS=x",
    ];
    const bytes = Buffer.from([0x4c, 0x3d, 0xff, 0xfe]);
    const id = rig.nextId();
    const observed = rig.start(["/bin/cat", "/proc/self/environ"], {
      mission: id,
      paths: rig.mission(id, [...entries, bytes]),
      cwd: "/tmp",
    });
    await observed.ended();
    const got = observed.output.split("\0").filter((entry) => entry !== "");
    const wanted = [
      ...entries,
      "L=\xff\xfe",
      "OVERMIND_ATTEMPT=1",
      "PWD=/tmp",
      `OVERMIND_HOME=${rig.home}`,
      `OVERMIND_MISSION_ID=${id}`,
    ];
    expect(got.sort()).toEqual([...wanted, got.find((entry) => entry.startsWith("OVERMIND_TEST_RUN="))].sort());
  });

  it("is never the mark of a daemon", async () => {
    const id = rig.nextId();
    const observed = rig.start(["/usr/bin/env"], { mission: id, paths: rig.mission(id, ["OVERMIND_DAEMON=/x"]) });
    await observed.ended();
    expect(observed.output).not.toContain("OVERMIND_DAEMON");
  });

  it("is the umask, descriptor limit and niceness asked for", async () => {
    const observed = rig.start("umask; ulimit -Sn; nice", { umask: 0o027, nofile: 321, nice: 7 });
    await observed.ended();
    expect(observed.output).toBe("0027\n321\n7\n");
  });

  it("never is a soft limit above the hard one", async () => {
    const observed = rig.start('test "$(ulimit -Sn)" = "$(ulimit -Hn)"', { nofile: 2 ** 40 });
    expect(await observed.ended()).toMatchObject({ code: 0 });
  });

  it("are default signals, none blocked, in a session and group of its own", async () => {
    const observed = rig.start("cat /proc/self/status; cut -d' ' -f1,5,6 /proc/$$/stat");
    await observed.ended();
    const zero = "0".repeat(16);
    expect(observed.output).toContain(`SigBlk:\t${zero}\nSigIgn:\t${zero}\nSigCgt:\t${zero}\n`);
    expect(observed.output).toContain(`${observed.agentPid} ${observed.agentPid} ${observed.agentPid}\n`);
  });

  it("are no descriptors but three", async () => {
    const observed = rig.start(["/bin/ls", "/proc/self/fd"]);
    await observed.ended();
    expect(observed.output).toBe("0\n1\n2\n3\n");
  });

  it("is an output file that only the owner reads", async () => {
    const observed = rig.start("echo out; echo err >&2");
    await observed.ended();
    expect(observed.output).toBe("out\nerr\n");
    for (const file of [observed.paths.output, observed.paths.record]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe("a claim", () => {
  it("that recovery took keeps a late shim from running", async () => {
    const id = rig.nextId();
    const paths = rig.mission(id);
    expect(takeClaim(paths.attempt(1))).toBe(true);
    const late = rig.start("touch /nonexistent; echo ran", { paths, mission: id });
    const other = rig.start("true");
    await other.ended();
    expect(takeClaim(paths.attempt(1))).toBe(false);
    expect(late.facts).toEqual([]);
    expect(() => late.output).toThrow();
  });

  it("lets one of many shims of the same attempt run", async () => {
    const id = rig.nextId();
    const paths = rig.mission(id);
    const same = Array.from({ length: 20 }, () => rig.start("echo ran", { paths, mission: id }));
    await same.at(-1)?.ended();
    await rig.start("sleep 0.1").ended();
    expect(same[0]?.output).toBe("ran\n");
  });

  it("names the shim, and everybody can see whose the shim is", async () => {
    const observed = rig.start("sleep 100");
    const { shim } = await observed.started();
    expect(readFileSync(observed.paths.record, "latin1")).toContain(`shim ${shim.pid} ${shim.start} subreaper\n`);
    expect(environmentOf(shim.pid)).toContain(`OVERMIND_DAEMON=${rig.home}`);
    expect(readFileSync(`/proc/${shim.pid}/comm`, "latin1")).toBe("overmind-shim\n");
    observed.attempt.kill();
    expect(await observed.ended()).toMatchObject({ signal: "SIGKILL" });
  });
});

describe("a signal", () => {
  it("that comes before the start is delivered after it", async () => {
    const observed = rig.start("sleep 100");
    expect(observed.attempt.signalGroup("SIGTERM")).toBe(true);
    expect(await observed.ended()).toMatchObject({ code: 143, signal: "SIGTERM" });
  });

  it("reaches the whole group and not the shim", async () => {
    const observed = rig.start("trap 'echo got; exit 7' USR2; echo ready; sleep 100 & wait");
    await observed.printed("ready");
    observed.attempt.signalGroup("SIGUSR2");
    expect(await observed.ended()).toMatchObject({ type: "exited", code: 7 });
  });

  it("to an agent that is gone answers false", async () => {
    const observed = rig.start("true");
    await observed.ended();
    expect(observed.attempt.signalGroup("SIGTERM")).toBe(false);
  });
});

describe("a zygote that is killed", () => {
  it("is replaced, and everything asked for meanwhile runs once", async () => {
    const running = rig.start("echo one; sleep 0.2; exit 3");
    await running.started();
    const zygote = rig.runner.zygotePid ?? 0;
    const many = Array.from({ length: 20 }, () => rig.start("echo once"));
    process.kill(zygote, "SIGKILL");
    const more = rig.start("exit 5");
    expect(await more.ended()).toMatchObject({ code: 5 });
    expect(await running.ended()).toMatchObject({ code: 3 });
    for (const observed of many) {
      await observed.ended();
      expect(observed.output).toBe("once\n");
    }
    expect(rig.runner.zygotePid).not.toBe(zygote);
  });

  it("cannot be ended by what can be caught", async () => {
    const zygote = rig.runner.zygotePid ?? 0;
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGALRM"] as const)
      process.kill(zygote, signal);
    expect(await rig.start("exit 9").ended()).toMatchObject({ code: 9 });
    expect(rig.runner.zygotePid).toBe(zygote);
  });
});

describe("a hole", () => {
  it("gives the blocks back and keeps the size", async () => {
    const observed = rig.start("head -c 1048576 /dev/urandom; echo end");
    await observed.ended();
    const before = statSync(observed.paths.output);
    expect(await rig.runner.punchHole(observed.paths.output, 524_288)).toBe(true);
    const after = statSync(observed.paths.output);
    expect(after.size).toBe(before.size);
    expect(after.blocks).toBeLessThan(before.blocks);
    expect(observed.output.endsWith("end\n")).toBe(true);
  });

  it("in a file that is not there is refused", async () => {
    expect(await rig.runner.punchHole(`${rig.home}/nosuchfile`, 4096)).toBe(false);
  });
});
