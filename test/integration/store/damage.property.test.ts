import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { OvermindError } from "../../../src/base/errors.ts";
import { Store } from "../../../src/store/store.ts";

const scratch = mkdtempSync(join(tmpdir(), `om-${process.env["OVERMIND_TEST_RUN"] ?? "x"}-damage-`));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A database as a daemon leaves it when it ends. */
function wholeDatabase(): string {
  const path = join(scratch, "whole.db");
  const store = new Store(path, 1);
  for (let count = 0; count < 50; count += 1)
    store.record([{ event: { time: count, type: "daemon.started", mission: null, attempt: null, data: { count } } }]);
  store.close();
  return path;
}

const whole = wholeDatabase();
const size = readFileSync(whole).length;
const wound = fc.record({ at: fc.nat({ max: size - 1 }), bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }) });

describe("a database that somebody wrote into", () => {
  it("is opened, or put aside, and a store that can be used stands there in any case", () => {
    let round = 0;
    fc.assert(
      fc.property(fc.array(wound, { minLength: 1, maxLength: 4 }), fc.option(fc.nat({ max: size })), (wounds, cutTo) => {
        const path = join(scratch, `${round++}.db`);
        copyFileSync(whole, path);
        const bytes = readFileSync(path);
        for (const { at, bytes: written } of wounds) Buffer.from(written).copy(bytes, at);
        writeFileSync(path, cutTo === null ? bytes : bytes.subarray(0, cutTo));
        const store = openOrRefuse(path);
        if (store === null) return;
        store.record([{ event: { time: 1, type: "daemon.started", mission: null, attempt: null, data: {} } }]);
        expect(store.events.lastSeq()).toBeGreaterThan(0);
        store.close();
      }),
      { numRuns: 80 },
    );
  });
});

/** A header that says another version is one a newer Overmind may have written: refused, and left as it is. */
function openOrRefuse(path: string): Store | null {
  const before = readFileSync(path);
  try {
    return new Store(path, 2);
  } catch (error) {
    expect(error).toBeInstanceOf(OvermindError);
    expect(readFileSync(path).equals(before)).toBe(true);
    return null;
  }
}
