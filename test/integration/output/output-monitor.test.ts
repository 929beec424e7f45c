import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, openSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AttemptPaths } from "../../../src/base/paths.ts";
import { OutputMonitor, type OutputWatch } from "../../../src/output/output-monitor.ts";
import { TimeIndexReader } from "../../../src/output/time-index.ts";
import { attemptPaths, collect, diskBytes, FakeMission, punchHole, scratch, textOf } from "./scratch.ts";

const mebibyte = 1024 * 1024;
const monitorOf = (logMaxBytes = 256 * mebibyte, punch = punchHole) => new OutputMonitor({ logMaxBytes, punch });
const open = (monitor: OutputMonitor, paths: AttemptPaths, adopted = false) => monitor.open("m", [], paths, { adopted });

function numbered(from: number, to: number): string {
  let text = "";
  for (let number = from; number < to; number += 1) text += `${String(number).padStart(99)}\n`;
  return text;
}

/** An agent that prints `count` numbered lines of 100 bytes; resolves when it has ended. */
async function printLines(paths: AttemptPaths, count: number): Promise<void> {
  const output = openSync(paths.output, "a");
  const agent = spawn("awk", [`BEGIN { for (i = 0; i < ${count}; i++) printf "%99d\\n", i }`], {
    stdio: ["ignore", output, "ignore"],
  });
  await once(agent, "exit");
}

/** Follows a mission the way the supervisor does: growth wakes its readers. */
function followable(): { mission: FakeMission; paths: AttemptPaths; watch: (monitor: OutputMonitor) => OutputWatch } {
  const mission = new FakeMission();
  const paths = mission.begin();
  const watch = (monitor: OutputMonitor) => {
    const watched = open(monitor, paths);
    watched.onGrew(() => mission.changes.notify());
    return watched;
  };
  return { mission, paths, watch };
}

describe("an attempt that is watched", () => {
  it("tells size and last activity, also to the next daemon", () => {
    const paths = attemptPaths(scratch());
    const first = open(monitorOf(), paths);
    expect([first.size(), first.lastActivity()]).toEqual([0, null]);
    appendFileSync(paths.output, "hello\n");
    first.finish();
    expect(first.size()).toBe(6);
    const second = open(monitorOf(), paths, true);
    expect(second.lastActivity()).toBe(first.lastActivity());
    second.close();
  });

  it("keeps exact times of what was seen and marks what nobody saw", () => {
    const paths = attemptPaths(scratch());
    let time = 5_000_000_000_000;
    const openAt = (adopted: boolean) =>
      new OutputMonitor({ logMaxBytes: mebibyte, punch: punchHole, now: () => time }).open("m", [], paths, { adopted });
    const first = openAt(false);
    appendFileSync(paths.output, "seen\n");
    first.finish();
    appendFileSync(paths.output, "unseen\n");
    time += 60_000;
    openAt(true).close();
    const index = new TimeIndexReader(paths.times);
    expect(index.recordAt(0)).toEqual({ end: 5, time: 5_000_000_000_000, isApproximate: false });
    expect(index.recordAt(5)).toEqual({ end: 12, time: 5_000_000_060_000, isApproximate: true });
    index.close();
  });

  it("writes an index whose time is right to 100 ms while the output comes in drops", async () => {
    const paths = attemptPaths(scratch());
    const watched = open(monitorOf(), paths);
    const agent = spawn("sh", ["-c", "for i in 1 2 3 4 5 6; do date +%s%3N; sleep 0.07; done"], {
      stdio: ["ignore", openSync(paths.output, "a"), "ignore"],
    });
    await once(agent, "exit");
    watched.finish();
    const index = new TimeIndexReader(paths.times);
    for (const [line, printed] of readFileSync(paths.output, "utf8").trim().split("\n").entries()) {
      const late = (index.recordAt(line * 14)?.time ?? 0) - Number(printed);
      expect(late).toBeGreaterThanOrEqual(-1);
      expect(late).toBeLessThan(100);
    }
    index.close();
  });

  it("gives a million lines of a fast writer to ten followers, one of which never reads", async () => {
    const { mission, paths, watch } = followable();
    const watched = watch(monitorOf(512 * mebibyte));
    const release = watched.follow();
    const idle = mission.read({ follow: true });
    const followers = Array.from({ length: 9 }, async (_, follower) => {
      let next = 0;
      let bytes = 0;
      for await (const piece of mission.read({ follow: true, linewise: follower === 0 })) {
        if (piece.offset !== bytes) throw new Error(`offset ${piece.offset} where ${bytes} should be`);
        bytes += piece.bytes.length;
        const first = Number(piece.bytes.toString("latin1", 0, 99));
        if (first !== next) throw new Error(`line ${first} where ${next} should be`);
        next += piece.bytes.length / 100;
      }
      return next;
    });
    await printLines(paths, 1_000_000);
    watched.finish();
    mission.end();
    expect(await Promise.all(followers)).toEqual(Array(9).fill(1_000_000));
    expect((await idle.next()).value?.offset).toBe(0);
    await idle.return(undefined);
    release();
  });
});

describe("the limit of a mission's output", () => {
  it("drops the oldest output of a running agent, at a line, and says how much", async () => {
    const { mission, paths, watch } = followable();
    const watched = watch(monitorOf(mebibyte));
    await printLines(paths, 50_000);
    watched.finish();
    mission.end();
    await watched.settled();
    expect(statSync(paths.output).size).toBe(5_000_000);
    expect(diskBytes(paths.output)).toBeLessThan(1.2 * mebibyte);
    const [marker, ...rest] = await collect(mission.read());
    const output = Buffer.concat(rest.map((piece) => piece.bytes)).toString();
    const first = 50_000 - output.length / 100;
    expect(marker?.bytes.toString()).toBe(`--- dropped ${first * 100} bytes of older output ---\n`);
    expect(output).toBe(numbered(first, 50_000));
    expect(await textOf(mission.read({ raw: true }))).toBe(output);
  });

  it("never shows a reader NULs, however far retention overtakes it", async () => {
    const { mission, paths, watch } = followable();
    const watched = watch(monitorOf(mebibyte));
    const ended = printLines(paths, 300_000).then(() => {
      watched.finish();
      mission.end();
    });
    let position = 0;
    for await (const { kind, offset, bytes } of mission.read({ follow: true })) {
      if (kind === "marker") {
        position = offset;
        continue;
      }
      expect(offset).toBe(position);
      expect(bytes.toString("latin1")).toBe(numbered(offset / 100, (offset + bytes.length) / 100));
      position += bytes.length;
    }
    await ended;
    await watched.settled();
    expect(position).toBe(30_000_000);
    expect(diskBytes(paths.output)).toBeLessThan(1.2 * mebibyte);
  });

  it("tells a reader that fell behind what it missed", async () => {
    const { mission, paths, watch } = followable();
    const watched = watch(monitorOf(mebibyte));
    mission.write(numbered(0, 5000));
    const pieces = mission.read({ follow: true });
    const read = (await pieces.next()).value?.bytes.length ?? 0;
    mission.write(numbered(5000, 50_000));
    watched.finish();
    await watched.settled();
    mission.end();
    const dropped = Number(readFileSync(paths.dropped, "utf8"));
    const [marker, ...rest] = await collect(pieces);
    expect(marker?.bytes.toString()).toBe(`--- dropped ${dropped - read} bytes of older output ---\n`);
    expect(Buffer.concat(rest.map((piece) => piece.bytes)).toString()).toBe(numbered(dropped / 100, 50_000));
  });

  it("lets the output of ended attempts go first", async () => {
    const root = scratch();
    const [old, older, current] = [attemptPaths(root, 2), attemptPaths(root, 1), attemptPaths(root, 3)];
    appendFileSync(older.output, numbered(0, 4000));
    appendFileSync(old.output, numbered(0, 4000));
    const watched = monitorOf(mebibyte).open("m", [older, old], current, { adopted: false });
    appendFileSync(current.output, numbered(0, 8000));
    watched.finish();
    await watched.settled();
    expect(readFileSync(older.dropped, "utf8")).toBe("400000\n");
    expect(statSync(older.output).size).toBe(0);
    expect(Number(readFileSync(old.dropped, "utf8"))).toBeGreaterThan(100_000);
    expect(() => statSync(current.dropped)).toThrow("ENOENT");
  });

  it("holds again soon after a start", async () => {
    const paths = attemptPaths(scratch());
    appendFileSync(paths.output, numbered(0, 200_000));
    const watched = open(monitorOf(mebibyte), paths, true);
    await watched.settled();
    expect(diskBytes(paths.output)).toBeLessThan(1.2 * mebibyte);
    watched.close();
  });

  it("is not kept where holes are refused: nothing is lost, and it is tried once", async () => {
    const mission = new FakeMission();
    const paths = mission.begin();
    let tries = 0;
    const refuse = () => {
      tries += 1;
      return Promise.resolve(false);
    };
    const watched = open(monitorOf(mebibyte, refuse), paths);
    appendFileSync(paths.output, numbered(0, 30_000));
    watched.finish();
    await watched.settled();
    mission.end();
    expect(await textOf(mission.read())).toBe(numbered(0, 30_000));
    expect(tries).toBe(1);
  });

  it("forgets a wholly dropped attempt's bytes when the daemon died before emptying it", async () => {
    const root = scratch();
    const [older, current] = [attemptPaths(root, 1), attemptPaths(root, 2)];
    appendFileSync(older.output, numbered(0, 4000));
    appendFileSync(older.dropped, "400000\n");
    monitorOf().open("m", [older], current, { adopted: true }).close();
    expect(statSync(older.output).size).toBe(0);
  });
});
