import { describe, expect, it } from "vitest";
import { parsePageSize, parseUsage, readUsage } from "../../../src/runner/process-usage.ts";

const stat = (name: string) =>
  `7 (${name}) S 1 7 7 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 1 0 12345 1000000 50 18446744073709551615 1 1 0`;

describe("what a process uses", () => {
  it("is its own time, that of the children it waited for, and its resident pages", () => {
    expect(parseUsage(stat("sh"), 4096)).toEqual({ cpuMs: 1100, memoryBytes: 50 * 4096 });
  });

  it("is read past a name that looks like fields", () => {
    expect(parseUsage(stat("a) S 1 2 3 ("), 4096)).toEqual(parseUsage(stat("sh"), 4096));
  });

  it.each(["", "7 (sh", "7 (sh) S 1"])("is nothing for %j", (text) => {
    expect(parseUsage(text, 4096)).toBeNull();
  });

  it("leaves out who is gone", async () => {
    const found = await readUsage([process.pid, 2 ** 22 + 1]);
    expect([...found.keys()]).toEqual([process.pid]);
    expect(found.get(process.pid)?.memoryBytes).toBeGreaterThan(10_000_000);
  });
});

describe("the page size", () => {
  it("is the word after tag 6", () => {
    const vector = Buffer.alloc(48);
    for (const [index, word] of [3n, 64n, 6n, 65_536n, 0n, 0n].entries()) vector.writeBigUInt64LE(word, index * 8);
    expect(parsePageSize(vector)).toBe(65_536);
  });

  it("is the usual one where nobody tells", () => {
    expect(parsePageSize(Buffer.alloc(0))).toBe(4096);
  });
});
