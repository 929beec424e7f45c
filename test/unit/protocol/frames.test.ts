import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OvermindError } from "../../../src/base/errors.ts";
import { encodeError, encodeEvent, encodeOk, type Frame, FrameDecoder, maxRequestBytes } from "../../../src/protocol/frames.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";

function decode(chunks: readonly Buffer[], limit?: number): Frame[] {
  const decoder = new FrameDecoder(limit);
  const frames: Frame[] = [];
  const drain = () => {
    for (let frame = decoder.next(); frame; frame = decoder.next()) frames.push(frame);
  };
  for (const chunk of chunks) {
    decoder.push(chunk);
    drain();
  }
  decoder.end();
  drain();
  return frames;
}

const decodeText = (text: string, limit?: number) => decode([Buffer.from(text)], limit);
const codes = (frames: readonly Frame[]) => frames.map((frame) => ("error" in frame ? frame.error.code : "ok"));
const shape = (frame: Frame) => ("error" in frame ? { code: frame.error.code, id: frame.id } : frame.request);

function sameHoweverCut(lines: readonly string[], sizes: readonly number[]): void {
  const whole = Buffer.from(lines.join("\n"));
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(whole.subarray(at, at + size));
    at += size;
  }
  chunks.push(whole.subarray(at));
  expect(decode(chunks, 100).map(shape)).toEqual(decode([whole], 100).map(shape));
}

describe("the bytes of a client", () => {
  it("are the same requests however they are cut", () => {
    const line = fc.oneof(
      fc
        .record({ cmd: fc.string(), args: fc.dictionary(fc.string(), fc.jsonValue()), id: fc.oneof(fc.integer(), fc.string()) })
        .map((value) => JSON.stringify(value)),
      fc.string({ unit: "binary" }),
      fc.constantFrom("", "   ", "[]", '{"cmd":1}', "ü".repeat(60), '{"cmd":"ä😀"}'),
    );
    assertKept("frames", fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 })), sameHoweverCut));
  });

  it.each(casesOf<[string[], number[]]>("frames"))("are the same in the kept case $name", ({ values }) => {
    sameHoweverCut(...values);
  });

  it("may lack the last newline", () => {
    expect(decodeText('{"cmd":"ping"}')).toEqual([{ request: { cmd: "ping", args: {} } }]);
  });

  it("may hold empty lines and carriage returns", () => {
    expect(decodeText('\n \r\n{"cmd":"ping"}\r\n\n')).toEqual([{ request: { cmd: "ping", args: {} } }]);
  });

  it("are refused when they are no UTF-8, no JSON, or no object", () => {
    expect(codes(decode([Buffer.from([0x22, 0xff, 0x22, 10])]))).toEqual(["invalid_json"]);
    expect(codes(decodeText('{"cmd"\n\0\x01\x02\n[1]\n7\nnull\n"x"\n'))).toEqual([
      "invalid_json",
      "invalid_json",
      "invalid_request",
      "invalid_request",
      "invalid_request",
      "invalid_request",
    ]);
  });

  it("keep their id when the rest is wrong", () => {
    expect(decodeText('{"id":7}\n{"cmd":"x","args":[],"id":"a"}\n{"cmd":"x","id":{}}\n').map(shape)).toEqual([
      { code: "invalid_request", id: 7 },
      { code: "invalid_request", id: "a" },
      { code: "invalid_request", id: undefined },
    ]);
  });

  it("say `invalid request` when the command is missing", () => {
    const [frame] = decodeText("{}");
    expect(frame && "error" in frame && frame.error.message).toBe("invalid request");
  });

  it("may nest as deep as they like", () => {
    expect(codes(decodeText(`${"[".repeat(100_000)}\n${"[".repeat(100_000)}${"]".repeat(100_000)}\n{"cmd":"ping"}`))).toEqual([
      "invalid_json",
      "invalid_request",
      "ok",
    ]);
  });
});

describe("an oversized line", () => {
  it("is reported once, as soon as it is known, and dropped up to its newline", () => {
    const decoder = new FrameDecoder(10);
    decoder.push(Buffer.from("12345678901"));
    expect(codes([decoder.next() as Frame])).toEqual(["frame_too_large"]);
    for (let i = 0; i < 1000; i += 1) {
      decoder.push(Buffer.from("more of the same"));
      expect(decoder.next()).toBeUndefined();
    }
    decoder.push(Buffer.from('tail\n{"cmd":1}\n'));
    expect(codes([decoder.next() as Frame])).toEqual(["invalid_request"]);
    decoder.end();
    expect(decoder.next()).toBeUndefined();
  });

  it("begins one byte above the limit", () => {
    const request = (bytes: number) => `{"cmd":"x","args":{"a":"${"a".repeat(bytes - 27)}"}}`;
    expect(Buffer.byteLength(request(100))).toBe(100);
    expect(codes(decodeText(`${request(100)}\n${request(101)}\n${request(100)}`, 100))).toEqual(["ok", "frame_too_large", "ok"]);
    expect(codes(decodeText(request(maxRequestBytes)))).toEqual(["ok"]);
  });
});

describe("a reply", () => {
  it("is compact, with `ok` first and the id last", () => {
    expect(encodeOk({ os_pid: 7, exit_code: null })).toBe('{"ok":{"os_pid":7,"exit_code":null}}\n');
    expect(encodeOk([1], "a")).toBe('{"ok":[1],"id":"a"}\n');
    expect(encodeOk("x", 1, { truncated_bytes: 9 })).toBe('{"ok":"x","truncated_bytes":9,"id":1}\n');
    expect(encodeOk("x", undefined, { truncated_bytes: 9 })).toBe('{"ok":"x"}\n');
  });

  it("says null where there is nothing", () => {
    expect(encodeOk(undefined, 1)).toBe('{"ok":null,"id":1}\n');
    expect(encodeOk(() => {})).toBe('{"ok":null}\n');
    expect(encodeEvent(undefined)).toBe("null\n");
  });

  it("has `error` first when it is one", () => {
    expect(encodeError(new OvermindError("not_found"), 3)).toBe('{"error":"not_found","code":"not_found","id":3}\n');
    expect(encodeError(new OvermindError("internal", "a\nb", { hint: "h", details: { x: 1 } }))).toBe(
      '{"error":"a\\nb","code":"internal","hint":"h","details":{"x":1}}\n',
    );
  });
});
