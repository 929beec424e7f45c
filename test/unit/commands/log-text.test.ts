import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logEvents } from "../../../src/commands/log/log-events.ts";
import { LogPrinter } from "../../../src/commands/log/log-printer.ts";
import { LogText } from "../../../src/commands/log/log-text.ts";
import { timeOf } from "../../../src/commands/read-time.ts";
import type { LogPiece } from "../../../src/output/log-source.ts";
import type { LogEvent } from "../../../src/protocol/messages.ts";

const piece = (bytes: Buffer | string, over: Partial<LogPiece> = {}): LogPiece => ({
  attempt: 1,
  offset: 0,
  bytes: Buffer.from(bytes as Buffer),
  time: 0,
  isApproximate: false,
  kind: "output",
  ...over,
});

async function* of(pieces: readonly LogPiece[]) {
  yield* pieces;
}

async function read(pieces: readonly LogPiece[], from?: { attempt: number; offset: number }): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const event of logEvents("m", of(pieces), from)) events.push(event);
  return events;
}

/** One output cut at the given places. */
function cutAt(bytes: Buffer, places: readonly number[]): LogPiece[] {
  const edges = [0, ...[...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => piece(bytes.subarray(edges[index], end), { offset: edges[index] ?? 0 }));
}

describe("log events", () => {
  it("decode to the same text however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(), { maxLength: 5 }), async (array, places) => {
        const bytes = Buffer.from(array);
        const events = await read(cutAt(bytes, places));
        // Compared without the replacement of a sequence that an end of line breaks, which is one mark either way.
        expect(events.map(({ text }) => text).join("")).toBe(bytes.toString());
      }),
    );
  });

  it("keep NUL and a byte order mark, and replace invalid UTF-8", async () => {
    const [event] = await read([piece(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0, 0xff, 10]))]);
    expect(event?.text).toBe("\ufeffa\0\ufffd\n");
  });

  it("go on behind a position, also within a piece", async () => {
    const pieces = [piece("ab\ncd\n"), piece("ef\n", { offset: 6 }), piece("gh\n", { attempt: 2 })];
    expect((await read(pieces, { attempt: 1, offset: 3 })).map(({ text }) => text)).toEqual(["cd\n", "ef\n", "gh\n"]);
    expect((await read(pieces, { attempt: 2, offset: 0 })).map(({ text }) => text)).toEqual(["gh\n"]);
    expect(await read(pieces, { attempt: 2, offset: 3 })).toEqual([]);
  });
});

describe("the log as one text", () => {
  it("is whole below its limit, and beyond it ends the same and says what is missing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom("a", "é", "\n"), { maxLength: 30 }).map((letters) => letters.join(""))),
        fc.integer({ min: 8, max: 64 }),
        (texts, limit) => {
          const log = new LogText(limit);
          for (const text of texts) log.add({ text });
          const whole = texts.join("");
          const [, dropped = "0", rest = whole] =
            /^--- (\d+) bytes of older output not shown ---\n(.*)$/s.exec(String(log)) ?? [];
          expect(whole.endsWith(rest)).toBe(true);
          expect(Buffer.byteLength(whole)).toBe(Number(dropped) + Buffer.byteLength(rest));
          expect(Buffer.byteLength(rest)).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  it("begins a marker on a line of its own", () => {
    const log = new LogText();
    log.add({ text: "no newline" });
    log.add({ text: "--- restart ---\n", marker: true });
    expect(String(log)).toBe("no newline\n--- restart ---\n");
  });
});

function screen() {
  const written: string[] = [];
  const fake = {
    isTerminal: false,
    columns: null,
    hasColor: false,
    say: () => {},
    waiting: () => () => {},
    endWithReader: () => {},
    write: async (data: string | Uint8Array) => void written.push(String(data)),
    line: async (text: string) => void written.push(`${text}\n`),
  };
  return { fake, text: () => written.join("") };
}

const event = (text: string, over: Partial<LogEvent> = {}): LogEvent => ({
  mission: "m",
  attempt: 1,
  offset: 0,
  time: "2026-01-31T12:00:00.000Z",
  bytes: text.length,
  text,
  ...over,
});

describe("the readable log", () => {
  it("puts name and time before each line, and ~ before a time that is only a bound", async () => {
    const { fake, text } = screen();
    const printer = new LogPrinter(fake, { timestamps: true, json: false, prefix: "web | " });
    await printer.print(event("a\nb\n"));
    await printer.print(event("c", { approximate: true }));
    await printer.print(event("--- x ---\n", { marker: true, time: null }));
    expect(text()).toBe(
      "web | 2026-01-31T12:00:00.000Z a\nweb | 2026-01-31T12:00:00.000Z b\nweb | ~2026-01-31T12:00:00.000Z c\nweb | - --- x ---\n",
    );
  });

  it("leaves a last line without newline as it is, unless something follows it", async () => {
    const { fake, text } = screen();
    const printer = new LogPrinter(fake, { timestamps: false, json: false });
    await printer.print(event("a\nb"));
    expect(text()).toBe("a\nb");
    await printer.endLine();
    await printer.endLine();
    expect(text()).toBe("a\nb\n");
  });

  it("does not repeat the prefix within a line that came in two pieces", async () => {
    const { fake, text } = screen();
    const printer = new LogPrinter(fake, { timestamps: false, json: false, prefix: "> " });
    await printer.print(event("ab"));
    await printer.print(event("cd\n\n"));
    expect(text()).toBe("> abcd\n> \n");
  });
});

describe("--since", () => {
  const now = Date.parse("2026-01-31T12:00:00.000Z");
  it.each<[string, number]>([
    ["5m", now - 300_000],
    ["90", now - 90_000],
    ["2026-01-31T11:00:00Z", now - 3_600_000],
    ["1769860800", 1_769_860_800_000],
    ["1769860800123", 1_769_860_800_123],
  ])("%s is understood", (text, ms) => expect(timeOf(text, "--since", now)).toBe(ms));
  it("refuses what is no time", () => expect(() => timeOf("yesterday", "--since", now)).toThrow("--since takes 5m (ago)"));
});
