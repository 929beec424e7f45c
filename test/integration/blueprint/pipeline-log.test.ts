import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { homePaths, missionPaths } from "../../../src/base/paths.ts";
import { recordBytes } from "../../../src/output/time-index.ts";
import { PipelineLog } from "../../../src/supervisor/pipeline/pipeline-log.ts";
import { canMount, mountSmallDisk, type SmallDisk } from "../../support/small-disk.ts";

let disk: SmallDisk;
const attempt = () => missionPaths(homePaths({ OVERMIND_HOME: disk.path }), "aaaaaaaa").attempt(1);
const written = () => readFileSync(attempt().output, "utf8");

/** Leaves so many pages of the disk free. */
function fill(pages: number): void {
  const file = openSync(join(disk.path, "ballast"), "w");
  while (statfsSync(disk.path).bavail > pages) writeSync(file, Buffer.alloc(4096));
  closeSync(file);
}

describe.skipIf(!canMount)("a pipeline's log on a full disk", () => {
  beforeEach(() => {
    disk = mountSmallDisk("size=256k") as SmallDisk;
    mkdirSync(missionPaths(homePaths({ OVERMIND_HOME: disk.path }), "aaaaaaaa").directory, { recursive: true });
  });
  afterEach(() => disk.unmount());

  it("gets its lines once there is room, each once and in order", () => {
    const log = new PipelineLog(attempt(), () => 7);
    fill(0);
    log.say("first");
    log.say("second");
    expect(() => log.flush()).toThrow("ENOSPC");
    rmSync(join(disk.path, "ballast"));
    log.say("third");
    expect(written()).toBe("first\nsecond\nthird\n");
    expect(readFileSync(attempt().times).length).toBe(3 * recordBytes);
  });

  it("has no line twice of which a part had been written", () => {
    const log = new PipelineLog(attempt(), () => 7);
    fill(1);
    const long = "x".repeat(10_000);
    log.say(long);
    expect(written()).toBe("x".repeat(4096));
    rmSync(join(disk.path, "ballast"));
    log.flush();
    expect(written()).toBe(`${long}\n`);
  });

  it("begins a line of its own after one that a killed daemon left cut", () => {
    new PipelineLog(attempt(), () => 7).say("whole");
    const file = openSync(attempt().output, "a");
    writeSync(file, "cut");
    closeSync(file);
    const next = new PipelineLog(attempt(), () => 7);
    next.say("whole");
    next.say("new");
    expect(written()).toBe("whole\ncut\nnew\n");
  });
});
