import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { daemonGroup, delegatedTree, ownGroup } from "../../../src/base/cgroup.ts";
import { AttemptGroup } from "../../../src/runner/attempt-group.ts";
import { Cgroups } from "../../../src/runner/cgroups.ts";
import { freshDirectory } from "../../support/home.ts";
import { until } from "../../support/until.ts";
import { Rig } from "./rig.ts";

const undone: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of undone.splice(0).reverse()) await undo();
});

/** A directory with the files of a delegated tree; the kernel's part is played by the test. */
function fakeTree(files: Readonly<Record<string, string>> = {}): string {
  const tree = freshDirectory();
  undone.push(() => rmSync(tree, { recursive: true, force: true }));
  const all = { "cgroup.procs": "", "cgroup.controllers": "cpu memory pids\n", "cgroup.subtree_control": "", ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(tree, name), text);
  mkdirSync(join(tree, daemonGroup));
  return tree;
}

/** What the kernel makes in a new group. */
function fakeGroup(tree: string, name: string): string {
  const path = join(tree, name);
  mkdirSync(path);
  for (const file of ["cgroup.procs", "cgroup.kill", "memory.max", "memory.oom.group", "memory.swap.max"])
    writeFileSync(join(path, file), "");
  writeFileSync(join(path, "memory.events"), "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
  return path;
}

const open = (tree: string) => Cgroups.open(join(tree, daemonGroup));
const textOf = (...path: string[]) => readFileSync(join(...path), "latin1");

describe("a part of the cgroup tree", () => {
  it("is taken over when it was handed to the daemon, and gives memory on", () => {
    const tree = fakeTree();
    expect(open(tree)).not.toBeNull();
    expect(textOf(tree, "cgroup.subtree_control")).toBe("+memory");
  });

  it.each<[string, Record<string, string>]>([
    ["holds processes itself", { "cgroup.procs": "1\n" }],
    ["cannot divide memory", { "cgroup.controllers": "cpu pids\n" }],
    ["has no controllers at all", { "cgroup.controllers": "" }],
  ])("is left alone when it %s", (_, files) => {
    const tree = fakeTree(files);
    expect(open(tree)).toBeNull();
    expect(textOf(tree, "cgroup.subtree_control")).toBe("");
  });

  it("is left alone when nobody named it the daemon's", () => {
    const tree = fakeTree();
    mkdirSync(join(tree, "session-3.scope"));
    expect(delegatedTree(join(tree, "session-3.scope"))).toBeNull();
    expect(Cgroups.open(null)).toBeNull();
  });
});

describe("an attempt with a memory limit, where the kernel keeps it", () => {
  async function scene() {
    const tree = fakeTree();
    const rig = await Rig.open(undefined, open(tree));
    undone.push(() => rig.dispose());
    const path = fakeGroup(tree, "mission-limited.1");
    return { rig, tree, path };
  }

  it("runs in a group of its own, whose limit was set before it began", async () => {
    const { rig, path } = await scene();
    const observed = rig.start("exit 5", { mission: "limited", memoryMax: 64 << 20 });
    expect(await observed.ended()).toMatchObject({ code: 5 });
    expect((await observed.ended()) as object).not.toHaveProperty("isOutOfMemory");
    expect(textOf(path, "memory.max")).toBe(String(64 << 20));
    expect([textOf(path, "memory.oom.group"), textOf(path, "memory.swap.max")]).toEqual(["1", "0"]);
    // What joins writes 0, which means itself.
    expect(textOf(path, "cgroup.procs")).toBe("0");
  });

  it("tells when the kernel ended it for that, also to the daemon that adopts it", async () => {
    const { rig, path, tree } = await scene();
    const observed = rig.start("exec sleep 50", { mission: "limited", memoryMax: 64 << 20 });
    await observed.started();
    await rig.replaceRunner(open(tree));
    const adopted = rig.adopt("limited");
    if (typeof adopted === "string") throw new Error(adopted);
    await adopted.started();
    writeFileSync(join(path, "memory.events"), "low 0\nhigh 0\nmax 7\noom 1\noom_kill 2\noom_group_kill 1\n");
    adopted.attempt.kill();
    expect(await adopted.ended()).toMatchObject({ signal: "SIGKILL", isOutOfMemory: true });
  });

  it("is ended through its group too, when it is swept", async () => {
    const { rig, path } = await scene();
    const observed = rig.start("sleep 50 & exit 3", { mission: "limited", memoryMax: 64 << 20 });
    expect(await observed.ended()).toMatchObject({ code: 3, isClean: false });
    expect(await observed.attempt.sweep({ isNatural: false, graceMs: 0 })).toHaveLength(1);
    expect(textOf(path, "cgroup.kill")).toBe("1");
  });

  it("does not start outside of the group that was made for it", async () => {
    const { rig, path } = await scene();
    rmSync(join(path, "cgroup.procs"));
    const observed = rig.start("touch ran", { mission: "limited", memoryMax: 1 << 20, cwd: rig.home });
    expect(await observed.ended()).toMatchObject({ type: "spawn_error", code: 126 });
    expect(existsSync(join(rig.home, "ran"))).toBe(false);
  });

  it("is looked after by Overmind itself where the kernel refuses the limit", async () => {
    const { rig, path } = await scene();
    rmSync(join(path, "memory.max"));
    const observed = rig.start("exit 4", { mission: "limited", memoryMax: 1 << 20 });
    expect(await observed.ended()).toMatchObject({ code: 4 });
    expect(observed.attempt.group).toBeNull();
    expect(textOf(path, "cgroup.procs")).toBe("");
  });
});

describe("a group of the real kernel", () => {
  const root = ownGroup("0::/", readFileSync("/proc/self/mounts", "latin1"));
  const path = root === null ? "" : join(root, `overmind-test-${process.pid}`);
  const canMake = ((): boolean => {
    try {
      mkdirSync(path);
      return existsSync(join(path, "cgroup.kill"));
    } catch {
      return false;
    }
  })();

  it.skipIf(!canMake)("ends all that runs in it, and goes when it is empty", async () => {
    const group = new AttemptGroup(path);
    // It forks only once it is in the group, so that all of it is.
    const line = "read _; sleep 100 & setsid sleep 100 & wait";
    const child: ChildProcess = spawn("sh", ["-c", line], { stdio: ["pipe", "ignore", "ignore"] });
    await once(child, "spawn");
    writeFileSync(join(path, "cgroup.procs"), String(child.pid), { flag: "r+" });
    child.stdin?.end("go\n");
    await until("all of it to be in the group", () => textOf(path, "cgroup.procs").trim().split("\n").length >= 3);
    expect(group.remove()).toBe(false);
    expect(group.wasOutOfMemory).toBe(false);
    group.kill();
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
    await until("the group to be empty", () => group.remove());
    expect(existsSync(path)).toBe(false);
  });
});
