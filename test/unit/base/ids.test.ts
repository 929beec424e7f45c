import { describe, expect, it } from "vitest";
import { isMissionId, isMissionName, newMissionId, newMissionName } from "../../../src/base/ids.ts";
import { seededRandom } from "../../support/random.ts";

describe("ids", () => {
  it("are eight of 0-9a-z and do not repeat", () => {
    const ids = new Set(Array.from({ length: 5000 }, () => newMissionId(() => false)));
    expect(ids.size).toBe(5000);
    expect([...ids].every(isMissionId)).toBe(true);
  });

  it("avoid what is taken", () => {
    const offered: string[] = [];
    const id = newMissionId((candidate) => offered.push(candidate) < 4);
    expect(id).toBe(offered[3]);
  });

  it.each(["", "abc", "ABCDEFGH", "a2345678 ", "a23456789", "a234567\n"])("are not such as %j", (text) => {
    expect(isMissionId(text)).toBe(false);
  });
});

describe("generated names", () => {
  it("are an adjective and a noun, and valid", () => {
    for (let count = 0; count < 500; count += 1) {
      const name = newMissionName(() => false);
      expect(name).toMatch(/^[a-z]+-[a-z]+$/);
      expect(isMissionName(name)).toBe(true);
    }
  });

  it("stay unique when far more are live than there are pairs of one taste", () => {
    const taken = new Set<string>();
    const random = seededRandom(1);
    for (let count = 0; count < 3000; count += 1) {
      const name = newMissionName((candidate) => taken.has(candidate), random);
      expect(taken.has(name)).toBe(false);
      taken.add(name);
    }
    expect([...taken].every(isMissionName)).toBe(true);
  });

  it("take a number when every pair is taken", () => {
    const name = newMissionName((candidate) => /^[a-z]+-[a-z]+$/.test(candidate));
    expect(name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
  });
});

describe("given names", () => {
  it.each(["a", "0", "web.1", "My_Agent-2", "x".repeat(63)])("may be %s", (name) => {
    expect(isMissionName(name)).toBe(true);
  });

  it.each(["", ".a", "-a", "_a", "a b", "a/b", "é", "a\n", "x".repeat(64)])("may not be %j", (name) => {
    expect(isMissionName(name)).toBe(false);
  });
});
