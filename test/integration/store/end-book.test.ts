import { appendFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPools, writePools } from "../../../src/supervisor/queue/pools-file.ts";
import { EndBook } from "../../../src/supervisor/recovery/end-book.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();
const end = { attempt: 1, status: "crashed", reason: "failed", endedAt: 5 } as const;
const later = { ...end, attempt: 4, status: "stopped", reason: "completed" } as const;

function freshBook() {
  const path = join(scratch.directory(), "ends");
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => warnings.push(message), error: () => undefined, info: () => undefined };
  const book = new EndBook(path, log as unknown as ConstructorParameters<typeof EndBook>[1]);
  return { path, book, warnings };
}

describe("the book of ends", () => {
  it("is absent until it is opened, and begins with what the database knows", () => {
    const { path, book } = freshBook();
    expect(book.read()).toBeNull();
    book.open(
      () => [["a2345678", end]],
      () => [],
    );
    expect(book.read()).toEqual(new Map([["a2345678", end]]));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("keeps of each mission its last end, and passes over what a crash left torn", () => {
    const { path, book } = freshBook();
    book.note("a2345678", end);
    book.note("a2345678", later);
    appendFileSync(path, "b2345678 1 cra");
    expect(book.read()).toEqual(new Map([["a2345678", later]]));
    book.close();
  });

  it("forgets missions without files once it has grown long", () => {
    const { path, book } = freshBook();
    appendFileSync(path, Array.from({ length: 40_000 }, (_, n) => `m${n} 1 crashed failed 17000000${n}\n`).join(""));
    expect(readFileSync(path).length).toBeGreaterThan(1 << 20);
    book.open(
      () => [],
      () => ["m7", "other"],
    );
    expect([...(book.read()?.keys() ?? [])]).toEqual(["m7"]);
    book.note("m8", later);
    expect(book.read()?.get("m8")).toEqual(later);
    book.close();
  });

  it("is shortened while it is in use, and not before it is long", () => {
    const { book } = freshBook();
    const longer = { ...end, endedAt: 1_700_000_000_000 };
    for (let n = 0; n < 20_000; n += 1) book.note(`m${n}`, longer);
    book.shorten(() => []);
    expect(book.read()?.size).toBe(20_000);
    for (let n = 20_000; n < 40_000; n += 1) book.note(`m${n}`, longer);
    book.shorten(() => ["m5", "m39999"]);
    expect([...(book.read()?.keys() ?? [])]).toEqual(["m5", "m39999"]);
    book.note("m40000", later);
    expect(book.read()?.size).toBe(3);
    book.close();
  });

  it("costs nobody an end when it cannot be written", () => {
    const { book, warnings } = freshBook();
    const broken = new EndBook("/nowhere/ends", {
      warn: (_: object, message: string) => warnings.push(message),
    } as unknown as ConstructorParameters<typeof EndBook>[1]);
    broken.note("a2345678", end);
    expect(warnings).toEqual(["the end of a mission could not be noted beside the database"]);
    book.close();
  });
});

describe("the pools beside the database", () => {
  const pool = { name: "builds", slots: 3, paused: true, created_at: 9 };

  it("are read as they were written", () => {
    const path = join(scratch.directory(), "pools.json");
    expect(readPools(path)).toEqual([]);
    writePools(path, [pool]);
    expect(readPools(path)).toEqual([pool]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each(["{", "{}", '[{"name":"x"},null,7]'])("that somebody made into %s are none", (text) => {
    const path = join(scratch.directory(), "pools.json");
    appendFileSync(path, text);
    expect(readPools(path)).toEqual([]);
  });
});
