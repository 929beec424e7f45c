import { describe, expect, it } from "vitest";
import { textWidth } from "../../../src/base/text-width.ts";
import { inboxHeader, inboxLine } from "../../../src/commands/inbox-table.ts";
import { type InboxItem, shortRequest } from "../../../src/protocol/inbox.ts";

const now = Date.parse("2026-01-31T12:00:00.000Z");
const item = (over: Partial<InboxItem> = {}): InboxItem => ({
  id: "a2345678",
  name: "web",
  waiting_for: "answer",
  request_id: "d832abd5-df33-49ab-9e1b-da57e7753f12",
  kind: "permission",
  tool: "Bash",
  input: {},
  description: null,
  what: "ls",
  options: [],
  asked_at: "2026-01-31T11:58:00.000Z",
  in_doubt: null,
  hint: "overmind answer web allow|deny",
  ...over,
});
const line = (one: InboxItem, columns: number | null = 80, others = [one]) => inboxLine(one, others, { columns, now });

describe("the table of the inbox", () => {
  it("has a line for each request", () => {
    expect(inboxHeader()).toBe("ID        NAME            REQUEST   AGE     TOOL        WHAT");
    expect(line(item())).toBe("a2345678  web             d832abd5  2m00s   Bash        ls");
  });

  it("fits the terminal whatever is asked, and obeys nobody", () => {
    const long = item({ name: "n".repeat(60), tool: "mcp__a_long__tool", what: `\u001b[2J${"宽".repeat(90)}\nrm` });
    expect(textWidth(line(long))).toBeLessThanOrEqual(80);
    expect(line(long, null)).toContain("\\e[2J");
    expect(line(long, null)).not.toContain("\n");
  });

  it("tells what nobody knows, and what is no question", () => {
    expect(line(item({ in_doubt: { decision: "allow", by: "cli" } }))).toContain("(allow in doubt) ls");
    const budget = item({
      kind: "budget",
      waiting_for: "budget",
      request_id: null,
      asked_at: null,
      what: "spent",
      hint: "stop it",
    });
    expect(line(budget)).toMatch(/ - +- +Bash +spent \(stop it\)$/);
  });

  it("shows as much of a request's id as tells it from the others", () => {
    expect(shortRequest("12345678aa", ["12345678aa", "12345678ab"])).toBe("12345678aa");
    expect(shortRequest("12345678aa", ["12345678aa", "99"])).toBe("12345678");
    expect(shortRequest("0", ["0", "01"])).toBe("0");
  });
});
