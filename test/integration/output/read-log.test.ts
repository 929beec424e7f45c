import { rmSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimeIndexWriter } from "../../../src/output/time-index.ts";
import { collect, FakeMission, textOf } from "./scratch.ts";

const restart = { text: "--- restart #1 at 2026-01-31T12:00:00Z ---", time: null };

function ended(text: string | Buffer): FakeMission {
  const mission = new FakeMission();
  mission.begin();
  mission.write(text);
  mission.end();
  return mission;
}

describe("reading a log", () => {
  it("gives a last line that lacks its newline once the attempt has ended", async () => {
    const mission = new FakeMission();
    mission.begin();
    mission.write("one\ntwo");
    expect(await textOf(mission.read())).toBe("one\n");
    mission.end();
    expect(await textOf(mission.read())).toBe("one\ntwo");
  });

  it("puts markers on their own lines, before, within and after the output", async () => {
    const mission = new FakeMission();
    mission.begin({ after: [{ text: "--- killed: no activity for 30s ---", time: null }] });
    mission.write("first\nunfinished");
    mission.end({ final: false });
    mission.begin({ before: [restart], within: [{ offset: 3, text: "[human] hello", time: null }] });
    mission.write("second\nthird\n");
    mission.end();
    expect(await textOf(mission.read())).toBe(
      `first\nunfinished\n--- killed: no activity for 30s ---\n${restart.text}\nsecond\n[human] hello\nthird\n`,
    );
  });

  it("gives only the agent's bytes when asked for raw ones", async () => {
    const mission = new FakeMission();
    mission.begin({ after: [{ text: "marker", time: null }] });
    const bytes = Buffer.from([0, 255, 10, 254, 0, 13]);
    mission.write(bytes);
    mission.end();
    const pieces = await collect(mission.read({ raw: true }));
    expect(Buffer.concat(pieces.map((piece) => piece.bytes))).toEqual(bytes);
  });

  it("gives a line of 10 MB in one piece and cuts a longer one at 16 MiB", async () => {
    const long = `${"x".repeat(10_000_000)}\n`;
    const mission = ended(`a\n${long}b\n`);
    expect((await collect(mission.read())).map((piece) => piece.bytes.length)).toEqual([2, long.length, 2]);
    const longer = ended(`${"y".repeat(17 * 1024 * 1024)}\n`);
    const sizes = (await collect(longer.read())).map((piece) => piece.bytes.length);
    expect(sizes).toEqual([16 * 1024 * 1024, 1024 * 1024 + 1]);
  });

  it("holds an unfinished line while it grows", async () => {
    const mission = new FakeMission();
    mission.begin();
    mission.write("a".repeat(300_000));
    const pieces = mission.read({ follow: true });
    const first = pieces.next();
    mission.write("b".repeat(300_000));
    mission.write("\nnext");
    expect((await first).value?.bytes.length).toBe(600_001);
    mission.end();
    expect(await textOf(pieces)).toBe("next");
  });

  it("reads one attempt only when asked to", async () => {
    const mission = ended("one\n");
    mission.begin({ before: [restart] });
    mission.write("two\n");
    mission.end();
    expect(await textOf(mission.read({ attempt: 1 }))).toBe("one\n");
    expect(await textOf(mission.read({ attempt: 2, follow: true }))).toBe(`${restart.text}\ntwo\n`);
    expect(await textOf(mission.read({ attempt: 9 }))).toBe("");
  });

  it("survives an output file that is not there", async () => {
    const mission = new FakeMission();
    const paths = mission.begin();
    mission.end();
    rmSync(paths.output, { force: true });
    expect(await textOf(mission.read({ tail: 3 }))).toBe("");
  });
});

describe("a marker within the output", () => {
  it("is given at the next line start, also at the very end of what there is", async () => {
    const mission = new FakeMission();
    const within = [
      { offset: 2, text: "[human] a", time: null },
      { offset: 4, text: "[human] b", time: null },
    ];
    mission.begin({ within });
    mission.write("123\n");
    expect(await textOf(mission.read())).toBe("123\n[human] a\n[human] b\n");
    const pieces = mission.read({ follow: true });
    const given = [await pieces.next(), await pieces.next(), await pieces.next()];
    expect(given.map(({ value }) => value?.bytes.toString())).toEqual(["123\n", "[human] a\n", "[human] b\n"]);
    within.push({ offset: 4, text: "[human] c", time: null });
    mission.changes.notify();
    expect((await pieces.next()).value?.bytes.toString()).toBe("[human] c\n");
    mission.end();
    expect(await textOf(pieces)).toBe("");
  });
});

describe("the last lines", () => {
  it("equals what a full reading ends with, over attempts and blocks", async () => {
    const line = fc.integer({ min: 0, max: 40_000 }).map((length) => "l".repeat(length));
    const attempt = fc.record({ lines: fc.array(line, { maxLength: 12 }), hasNewline: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 3 }), fc.nat(20), async (attempts, tail) => {
        const mission = new FakeMission();
        for (const { lines, hasNewline } of attempts) {
          mission.begin();
          mission.write(lines.join("\n") + (hasNewline && lines.length > 0 ? "\n" : ""));
          mission.end();
        }
        const lines = (await collect(mission.read({ linewise: true }))).map((piece) => piece.bytes.toString());
        const last = (await collect(mission.read({ linewise: true, tail }))).map((piece) => piece.bytes.toString());
        expect(last).toEqual(tail === 0 ? [] : lines.slice(-tail));
      }),
      { numRuns: 40 },
    );
  });

  it("shows the markers between them and goes on following", async () => {
    const mission = new FakeMission();
    mission.begin({ before: [{ text: "not shown", time: null }] });
    mission.write("1\n2\n3\n");
    mission.end({ final: false });
    mission.begin({ before: [restart] });
    mission.write("4\n");
    const pieces = mission.read({ tail: 2, follow: true });
    expect((await pieces.next()).value?.bytes.toString()).toBe("3\n");
    mission.write("5\n");
    mission.end();
    expect(await textOf(pieces)).toBe(`${restart.text}\n4\n5\n`);
  });

  it("of a live mission do not count a line that is still being written", async () => {
    const mission = new FakeMission();
    mission.begin();
    mission.write("1\n2\n3");
    expect(await textOf(mission.read({ tail: 1 }))).toBe("2\n");
    const pieces = mission.read({ tail: 1, follow: true });
    expect((await pieces.next()).value?.bytes.toString()).toBe("2\n");
    mission.write("3\n");
    expect((await pieces.next()).value?.bytes.toString()).toBe("33\n");
    await pieces.return(undefined);
  });
});

describe("since and until", () => {
  function timed(): FakeMission {
    const mission = new FakeMission();
    const paths = mission.begin();
    mission.write("a\nb\npart");
    const index = new TimeIndexWriter(paths.times);
    index.note(2, 1000);
    index.note(4, 2000);
    index.note(8, 3000);
    mission.write("ly\nlast\n");
    index.note(16, 4000, true);
    mission.end();
    return mission;
  }

  it.each([
    [{ since: 1500 }, "b\npartly\nlast\n"],
    [{ since: 3500 }, "partly\nlast\n"],
    [{ since: 4001 }, ""],
    [{ until: 2000 }, "a\n"],
    [{ until: 4000 }, "a\nb\n"],
    [{ since: 1001, until: 2500 }, "b\n"],
    [{ since: 1500, tail: 1 }, "last\n"],
    [{ until: 2500, tail: 1 }, "b\n"],
    [{ until: 2500, follow: true }, "a\nb\n"],
  ])("count a line by the moment it was finished: %j", async (options, text) => {
    expect(await textOf(timed().read(options))).toBe(text);
  });

  it("shows each line's time, with what is known about it", async () => {
    const pieces = await collect(timed().read({ linewise: true }));
    expect(pieces.map(({ time, isApproximate, offset }) => [offset, time, isApproximate])).toEqual([
      [0, 1000, false],
      [2, 2000, false],
      [4, 4000, true],
      [11, 4000, true],
    ]);
  });

  it("leaves out markers of another time", async () => {
    const mission = new FakeMission();
    mission.begin({ after: [{ text: "late", time: 5000 }] });
    mission.end();
    expect(await textOf(mission.read({ since: 6000 }))).toBe("");
    expect(await textOf(mission.read({ since: 4000 }))).toBe("late\n");
  });
});

describe("following", () => {
  it("waits for the first attempt, takes each next one, and ends with the mission", async () => {
    const mission = new FakeMission();
    const text = textOf(mission.read({ follow: true }));
    mission.begin();
    mission.write("one\n");
    mission.end({ final: false });
    mission.begin({ before: [restart] });
    mission.write("two\n");
    mission.end();
    expect(await text).toBe(`one\n${restart.text}\ntwo\n`);
  });

  it("ends when it is no longer wanted", async () => {
    const mission = new FakeMission();
    mission.begin();
    mission.write("one\n");
    const giveUp = new AbortController();
    const pieces = mission.read({ follow: true, signal: giveUp.signal });
    expect((await pieces.next()).value?.bytes.toString()).toBe("one\n");
    const next = pieces.next();
    giveUp.abort();
    expect((await next).done).toBe(true);
  });

  it("ends at until", async () => {
    const mission = new FakeMission();
    mission.begin();
    mission.write("one\n");
    expect(await textOf(mission.read({ follow: true, until: Date.now() }))).toBe("one\n");
  });

  it("says once how much was dropped", async () => {
    const mission = new FakeMission();
    const paths = mission.begin();
    mission.write(`${"x".repeat(4095)}\nkept\n`);
    writeFileSync(paths.dropped, "4096\n");
    mission.end();
    expect(await textOf(mission.read())).toBe("--- dropped 4096 bytes of older output ---\nkept\n");
    expect(await textOf(mission.read({ raw: true }))).toBe("kept\n");
    expect(await textOf(mission.read({ tail: 1 }))).toBe("kept\n");
    expect(await textOf(mission.read({ tail: 2 }))).toBe("--- dropped 4096 bytes of older output ---\nkept\n");
  });
});
