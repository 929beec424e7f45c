import { describe, expect, it } from "vitest";
import { clockTimeIn } from "../../../src/providers/clock-words.ts";

const at = (day: number, hour: number, minute: number, second = 0) => new Date(2026, 10, day, hour, minute, second).getTime();
const limit = "You’ve hit your usage limit. Visit https://chatgpt.com/settings/usage to purchase more credits or";

describe("the time that an agent's words name", () => {
  it.each([
    [`${limit} try again at 5:08 PM.`, at(21, 15, 0, 20), at(21, 17, 8)],
    [`${limit} try again at 12:30 AM.`, at(21, 0, 10), at(21, 0, 30)],
    [`${limit} try again at 12:05 PM.`, at(21, 11, 0), at(21, 12, 5)],
    [`${limit} try again at Nov 23rd, 2026 9:00 AM.`, at(21, 15, 0), at(23, 9, 0)],
    [`${limit} try again at Dec 1st, 2026 9:00 AM.`, at(30, 15, 0), new Date(2026, 11, 1, 9).getTime()],
    // It is over within the minute named, nobody says when.
    [`${limit} try again at 5:08 PM.`, at(21, 17, 8, 20), at(21, 17, 8, 21)],
    // Said before midnight, heard after it; and the other way round, when a clock was set.
    [`${limit} try again at 11:59 PM.`, at(21, 23, 59, 59), at(22, 0, 0)],
    [`${limit} try again at 12:03 AM.`, at(21, 23, 59, 59), at(22, 0, 3)],
    [`${limit} try again at 13:08 PM.`, at(21, 15, 0), null],
    [`${limit} try again at Foo 1st, 2026 9:00 AM.`, at(21, 15, 0), null],
    [`${limit} try again later.`, at(21, 15, 0), null],
  ])("in %j is what it says", (text, heardAt, expected) => {
    expect(clockTimeIn(text, heardAt)).toBe(expected);
  });
});
