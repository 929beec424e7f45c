import { describe, expect, it } from "vitest";
import { LaunchBatch } from "../../../src/supervisor/launch-batch.ts";
import { buildSpec } from "../../support/builders.ts";

/** A batch that cannot store what `isRefused` names, nor anything together with it. */
function scene(isRefused: (id: string) => boolean = () => false) {
  const transactions: string[][] = [];
  const launched: string[] = [];
  const discarded: string[] = [];
  const batch = new LaunchBatch({
    store: (specs) => {
      const ids = specs.map(({ id }) => id);
      if (ids.some(isRefused)) throw new Error(`${ids.find(isRefused)} does not fit`);
      transactions.push(ids);
    },
    launch: ({ id }) => launched.push(id),
    discard: ({ id }) => discarded.push(id),
  });
  const add = (id: string) => batch.add(buildSpec({ id }));
  return { batch, add, transactions, launched, discarded };
}

describe("missions that are asked for in the same breath", () => {
  it("share a transaction, and nothing is launched before it", async () => {
    const { add, transactions, launched } = scene();
    const all = ["a", "b", "c"].map(add);
    expect([transactions, launched]).toEqual([[], []]);
    await Promise.all(all);
    expect(transactions).toEqual([["a", "b", "c"]]);
    expect(launched).toEqual(["a", "b", "c"]);
  });

  it("are stored sixteen at a time, so that the first start while others are read", async () => {
    const { add, transactions } = scene();
    const ids = Array.from({ length: 40 }, (_, number) => `m${number}`);
    const all = ids.map(add);
    expect(transactions.map(({ length }) => length)).toEqual([16, 16]);
    await Promise.all(all);
    expect(transactions.flat()).toEqual(ids);
  });

  it("are there for whoever looks before the turn ends", async () => {
    const { batch, add, launched } = scene();
    const first = add("a");
    batch.flush();
    expect(launched).toEqual(["a"]);
    const second = add("b");
    await Promise.all([first, second]);
    expect(launched).toEqual(["a", "b"]);
  });

  it("do not fail with the one that cannot be stored, of which nothing is left", async () => {
    const { add, transactions, launched, discarded } = scene((id) => id === "b");
    const answers = await Promise.allSettled(["a", "b", "c"].map(add));
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(transactions).toEqual([["a"], ["c"]]);
    expect([launched, discarded]).toEqual([["a", "c"], ["b"]]);
  });

  it("are refused each by itself when nothing can be stored", async () => {
    const { add, launched, discarded } = scene(() => true);
    const answers = await Promise.allSettled(["a", "b"].map(add));
    expect(answers).toMatchObject([{ reason: { message: "a does not fit" } }, { reason: { message: "b does not fit" } }]);
    expect([launched, discarded]).toEqual([[], ["a", "b"]]);
  });
});
