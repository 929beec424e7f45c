import { describe, expect, it } from "vitest";
import type { ResultEvent, Usage } from "../../../../src/providers/normalised-event.ts";
import { noUsage } from "../../../../src/providers/usage.ts";
import { countersSoFar } from "../../../../src/supervisor/talk/talk-counters.ts";
import type { TalkRecord } from "../../../../src/supervisor/talk/talk-file.ts";

const begin = (attempt: number, resumes: string | null): TalkRecord => ({
  ...{ did: "begin", attempt, before: noUsage, counters: null, resumes },
});
const turn = (attempt: number, counters: Usage | null): TalkRecord => ({
  ...{ did: "turn", attempt, result: {} as ResultEvent, counters },
});
const used = { ...noUsage, input_tokens: 7 };
const nothing = { ...noUsage, cost_usd: 0 };

describe("an agent's running totals", () => {
  it.each<[string, readonly TalkRecord[], Usage | null]>([
    ["are unknown where nothing is on record", [], null],
    ["are unknown where the begin is not", [begin(2, "s"), turn(2, null)], null],
    ["stand at nothing where its first attempt ended before a turn did", [begin(1, null)], nothing],
    ["stand there too where the second did so as well", [begin(1, null), begin(2, "s")], nothing],
    ["stand where the last turn left them", [begin(1, null), turn(1, nothing), begin(2, "s"), turn(2, used)], used],
    ["are not those of a conversation before this", [begin(1, null), turn(1, used), begin(2, null)], nothing],
  ])("%s", (_title, records, counters) => {
    expect(countersSoFar(records)).toEqual(counters);
  });
});
