import { describe, expect, it } from "vitest";
import { classifyEnd, type EndingReason } from "../../../src/providers/classify-ending.ts";
import type { Confidence, Usage } from "../../../src/providers/normalised-event.ts";
import { providerNamed } from "../../../src/providers/registry.ts";
import { noUsage } from "../../../src/providers/usage.ts";
import { heardAt, readAll, request, transcriptLines, transcriptNames } from "./transcript.ts";

/** How the recorded process really ended: an exit code, or a signal. */
type Ended = number | "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL";
type Row = readonly [
  name: string,
  ended: Ended,
  reason: EndingReason,
  confidence: Confidence,
  text: string,
  input: number,
  output: number,
];

const hello = "Hello from the fake model.";
const tool = "Done. Last tool result: ";

const claude: readonly Row[] = [
  ["plain", 0, "completed", "structured", hello, 12515, 16],
  ["plain-json", 0, "completed", "structured", "hello", 12512, 10],
  ["open-stdin-pipe", 0, "completed", "structured", "x", 12511, 10],
  ["system-prompt-effort", 0, "completed", "structured", "x", 12456, 10],
  ["stubborn-mcp-eof", 0, "completed", "structured", "x", 12516, 10],
  ["control-queries", 0, "completed", "structured", "x", 12512, 10],
  ["mcp-tool", 0, "completed", "structured", `${tool}pong 1`, 25194, 23],
  ["tool-bypass", 0, "completed", "structured", `${tool}hi`, 25189, 23],
  ["tool-bypass-nonroot", 0, "completed", "structured", `${tool}nobody\nn.txt`, 24894, 23],
  ["tool-acceptedits-write", 0, "completed", "structured", tool, 25117, 50],
  ["tool-denied", 0, "completed", "structured", tool, 25138, 71],
  ["perm-allowedtools", 0, "completed", "structured", tool, 24794, 29],
  ["perm-none", 0, "completed", "structured", tool, 24970, 71],
  ["worktree", 0, "completed", "structured", tool, 25482, 35],
  ["think-partial", 0, "completed", "structured", "done", 12519, 10],
  ["stdin-eof-mid-turn", 0, "completed", "structured", "chunk1 chunk2 ", 12513, 31],
  ["resume-1-first", 0, "completed", "structured", "ok 42", 12515, 10],
  ["resume-2-resumed", 0, "completed", "structured", "resumed fine", 12546, 10],
  ["resume-6-other-cwd", 0, "completed", "structured", "x", 12575, 10],
  ["resume-while-tui-open", 0, "completed", "structured", "from headless", 14335, 13],
  ["resume-5-unknown", 1, "failed", "structured", "", 0, 0],
  ["session-multiturn", 0, "completed", "structured", "answer two", 25059, 20],
  ["session-interrupt", 0, "completed", "structured", "still alive", 25086, 31],
  ["hang-interrupt", 0, "completed", "structured", "recovered by interrupt", 25053, 14],
  ["hang-timeout", 1, "failed", "structured", "", 0, 0],
  ["refused", 1, "failed", "structured", "", 0, 0],
  ["err-400", 1, "failed", "structured", "", 0, 0],
  ["err-401", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["err-429", 1, "rate_limited", "structured", "", 0, 0],
  ["err-500", 1, "failed", "structured", "", 0, 0],
  ["err-529", 1, "failed", "structured", "", 0, 0],
  ["max-budget", 1, "budget", "structured", "", 25148, 14],
  ["perm-raw", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["marker-SIGKILL", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["pidns-SIGKILL", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["sig-SIGINT-during-stream", 0, "signaled", "structured", "chunk1 chunk2 ", 12513, 12],
  ["sig-SIGINT-during-tool", 0, "signaled", "structured", "", 12567, 7],
  ["sig-SIGINT-idle-session", 0, "completed", "structured", "x", 12512, 10],
  ["sig-SIGTERM-during-stream", 143, "signaled", "status", "", 0, 0],
  ["sig-SIGTERM-during-tool", 143, "signaled", "status", "", 0, 0],
  ["sig-SIGTERM-idle-session", 143, "signaled", "status", "x", 12512, 10],
  ["sig-SIGHUP-during-tool", 129, "signaled", "status", "", 0, 0],
  ["sig-SIGKILL-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
];

const codex: readonly Row[] = [
  ["plain", 0, "completed", "structured", hello, 9969, 16],
  ["stdin-prompt", 0, "completed", "structured", "read from stdin", 9967, 13],
  ["think", 0, "completed", "structured", "done thinking", 9969, 13],
  ["ephemeral", 0, "completed", "structured", "eph", 9962, 10],
  ["last-message", 0, "completed", "structured", "final words", 9964, 10],
  ["not-git-dir", 0, "completed", "structured", "x", 9961, 10],
  ["not-git-dir-skip", 0, "completed", "structured", "x", 9961, 10],
  ["before-tui-resume", 0, "completed", "structured", "headless answer", 10132, 13],
  ["tool-bypass", 0, "completed", "structured", tool, 20024, 47],
  ["tool-danger", 0, "completed", "structured", tool, 20018, 47],
  ["tool-default-sandbox", 0, "completed", "structured", tool, 20061, 71],
  ["tool-workspace-write", 0, "completed", "structured", tool, 20342, 47],
  ["patch-bypass", 0, "completed", "structured", tool, 19979, 29],
  ["mcp-tool", 0, "completed", "structured", tool, 21047, 29],
  ["readonly-ls", 0, "completed", "structured", tool, 20053, 71],
  ["readonly-fail", 0, "completed", "structured", tool, 20038, 59],
  ["approve-for-me", 0, "completed", "structured", tool, 22296, 47],
  ["long-command", 0, "completed", "structured", tool, 20358, 53],
  ["err-529x2", 0, "completed", "structured", "recovered", 9967, 10],
  ["err-400", 1, "failed", "structured", "", 0, 0],
  ["err-401", 1, "auth", "text", "", 0, 0],
  ["err-429", 1, "rate_limited", "text", "", 0, 0],
  ["err-500", 1, "failed", "structured", "", 0, 0],
  ["cut-stream", 1, "failed", "structured", "", 0, 0],
  ["hang-idle", 1, "failed", "structured", "", 0, 0],
  ["sig-SIGINT-during-stream", 1, "failed", "status", "", 0, 0],
  ["sig-SIGINT-during-tool", 1, "failed", "status", "", 0, 0],
  ["sig-SIGTERM-during-stream", "SIGTERM", "signaled", "structured", "", 0, 0],
  ["sig-SIGTERM-during-tool", "SIGTERM", "signaled", "structured", "", 0, 0],
  ["sig-SIGHUP-during-tool", "SIGHUP", "signaled", "structured", "", 0, 0],
  ["sig-SIGKILL-during-stream", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["sig-SIGKILL-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["marker-SIGKILL", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["marker-sandboxed-SIGKILL", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["node20-sig-SIGKILL", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["node20-sig-SIGTERM", "SIGTERM", "signaled", "structured", "", 0, 0],
];

const gemini: readonly Row[] = [
  ["plain", 0, "completed", "structured", hello, 8349, 16],
  ["think", 0, "completed", "structured", "done thinking", 8356, 13],
  ["stdin-prompt", 0, "completed", "structured", "read from stdin", 8354, 13],
  ["open-stdin-pipe", 0, "completed", "structured", "x", 8348, 10],
  ["session-id", 0, "completed", "structured", "ok first", 8351, 10],
  ["resume-latest", 0, "completed", "structured", "resumed", 8378, 10],
  ["resume-uuid", 0, "completed", "structured", "resumed by uuid", 8406, 13],
  ["tool-default", 0, "completed", "structured", "NO bash TOOL", 8350, 37],
  ["tool-yolo", 0, "completed", "structured", tool, 24703, 47],
  ["write-auto-edit", 0, "completed", "structured", tool, 19664, 50],
  ["err-503x2", 0, "completed", "structured", "recovered", 8354, 10],
  ["err-400", 144, "failed", "structured", "", 0, 0],
  ["err-401", 145, "auth", "status", "", 0, 0],
  ["cut-stream", 1, "failed", "structured", "part1 part2 ", 0, 0],
  ["err-429", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["err-500", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["hang-mid-stream", "SIGKILL", "signaled", "structured", "about to hang", 0, 0],
  ["hang0", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["marker-SIGKILL", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["norelaunch-sig-SIGINT-during-stream", 0, "no_result", "structured", "chunk1 chunk2 chunk3 chunk4 ", 0, 0],
  ["norelaunch-sig-SIGINT-during-tool", 0, "no_result", "structured", "", 0, 0],
  ["norelaunch-sig-SIGTERM-during-stream", 0, "no_result", "structured", "chunk1 chunk2 chunk3 chunk4 ", 0, 0],
  ["norelaunch-sig-SIGTERM-during-tool", 0, "no_result", "structured", "", 0, 0],
  ["norelaunch-sig-SIGHUP-during-tool", 0, "no_result", "structured", "", 0, 0],
  ["norelaunch-sig-SIGKILL-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
  // The relaunching parent ignores signals: the run went on to its end.
  ["sig-SIGINT-during-stream", 0, "completed", "structured", "chunk1 chunk2 ", 8350, 307],
  ["sig-SIGTERM-during-stream", 0, "completed", "structured", "chunk1 chunk2 ", 8350, 307],
  ["sig-SIGINT-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["sig-SIGTERM-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["sig-SIGHUP-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["sig-SIGKILL-during-stream", "SIGKILL", "signaled", "structured", "chunk1 chunk2 ", 0, 0],
  ["sig-SIGKILL-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
  // No stream-json at all.
  ["plain-json", 0, "no_result", "structured", "", 0, 0],
  ["list-sessions", 0, "no_result", "structured", "", 0, 0],
];

const opencode: readonly Row[] = [
  ["plain", 0, "completed", "structured", hello, 7787, 16],
  ["plain-anthropic", 0, "completed", "structured", hello, 7739, 16],
  ["stdin-prompt", 0, "completed", "structured", "read from stdin", 7785, 13],
  ["think", 0, "completed", "structured", "done thinking", 7736, 13],
  ["resume", 0, "completed", "structured", "resumed", 7816, 10],
  ["continue", 0, "completed", "structured", "continued", 7841, 10],
  ["tool-default", 0, "completed", "structured", `${tool}hi\n`, 15640, 23],
  ["tool-fails", 0, "completed", "structured", tool, 15624, 23],
  ["tool-ask-auto", 0, "completed", "structured", tool, 15630, 23],
  ["tool-deny", 0, "completed", "structured", "NO bash TOOL", 6464, 28],
  ["err-503x2", 0, "completed", "structured", "recovered", 7786, 10],
  ["tool-ask-noauto", 0, "refused", "text", "", 0, 0],
  ["external-dir", 0, "refused", "text", "", 0, 0],
  ["err-400", 1, "failed", "structured", "", 0, 0],
  ["err-401", 1, "auth", "structured", "", 0, 0],
  ["err-429", 1, "rate_limited", "structured", "", 0, 0],
  ["cut-stream", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["hang-mid-stream", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["marker-SIGKILL", "SIGKILL", "signaled", "structured", "", 0, 0],
  ["sig-SIGINT-during-stream", "SIGINT", "signaled", "structured", "", 0, 0],
  ["sig-SIGINT-during-tool", "SIGINT", "signaled", "structured", "", 0, 0],
  ["sig-SIGTERM-during-stream", "SIGTERM", "signaled", "structured", "", 0, 0],
  ["sig-SIGTERM-during-tool", "SIGTERM", "signaled", "structured", "", 0, 0],
  ["sig-SIGHUP-during-tool", "SIGHUP", "signaled", "structured", "", 0, 0],
  ["sig-SIGKILL-during-tool", "SIGKILL", "signaled", "structured", "", 0, 0],
  // The server's own events, which no reader of ours asks for: kept, and no result.
  ["serve-events", 0, "no_result", "structured", "", 0, 0],
];

/** Recorded elsewhere: they need the totals of the run before, or are dialogues. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  codex: ["resume", "resume-last", "fork", "after-tui-resume", "app-server", "app-server-resume"],
};

describe.each([
  ["claude", claude],
  ["codex", codex],
  ["gemini", gemini],
  ["opencode", opencode],
])("what %s wrote", (kind, rows) => {
  it("is all in the table", () => {
    expect([...rows.map(([name]) => name), ...(elsewhere[kind] ?? [])].toSorted()).toEqual(transcriptNames(kind).toSorted());
  });

  it.each(rows)("in %s, ending with %s, is %s (%s)", (name, ended, reason, confidence, text, input, output) => {
    const provider = providerNamed(kind);
    const reader = provider.openReader({ request, resumes: null, counters: null });
    const lines = transcriptLines(kind, name);
    const { events } = readAll(reader, lines);
    const end = typeof ended === "number" ? { exitCode: ended, signal: null } : { exitCode: null, signal: ended };
    const ending = classifyEnd(end, reader.state, "task", provider.endingRules);
    expect([ending.reason, ending.confidence]).toEqual([reason, confidence]);
    expect(ending.note).not.toBe("");
    if (text === "") expect(reader.state.finalText).toBe("");
    expect(reader.state.finalText.startsWith(text)).toBe(true);
    expect([reader.state.usage.input_tokens, reader.state.usage.output_tokens]).toEqual([input, output]);
    expect(new Set(events.map((event) => JSON.stringify(event.raw))).size).toBeGreaterThan(0);
  });

  it.each(rows)("in %s is kept whole: each line's object stands under raw", (name) => {
    const reader = providerNamed(kind).openReader({ request, resumes: null, counters: null });
    for (const line of transcriptLines(kind, name)) {
      const { events } = reader.push(line, heardAt);
      const raws = events.map((event) => event.raw);
      expect(raws).toContainEqual(line.startsWith("{") && line.endsWith("}") ? JSON.parse(line) : line);
    }
  });
});

describe("the session's id", () => {
  it.each([
    ["claude", "plain", "62191e41-3d13-409e-aa6f-e860175e0956"],
    ["claude", "resume-5-unknown", "33333333-3333-4333-8333-333333333333"],
    ["codex", "plain", "01a1fd87-dd57-7eb3-9b2b-2740a7c172bb"],
    ["gemini", "plain", "4ea82f00-265a-47f8-9e6c-7290acd211a5"],
    ["opencode", "plain", "ses_e02732299ffeRU04N7pZQijP5S"],
  ])("of %s (%s) is read", (kind, name, id) => {
    const reader = providerNamed(kind).openReader({ request, resumes: null, counters: null });
    readAll(reader, transcriptLines(kind, name));
    expect(reader.state.sessionId).toBe(id);
  });
});

describe("usage over resumed conversations", () => {
  const read = (kind: string, name: string, counters: Usage | null) => {
    const reader = providerNamed(kind).openReader({ request, resumes: counters === null ? null : "before", counters });
    readAll(reader, transcriptLines(kind, name));
    return reader.state;
  };

  it("of codex is the difference of its running totals", () => {
    const first = read("codex", "plain", null);
    const second = read("codex", "resume", first.counters);
    const third = read("codex", "resume-last", second.counters);
    expect([first, second, third].map(({ usage }) => usage.input_tokens)).toEqual([9969, 10050, 10125]);
    expect([first, second, third].map(({ usage }) => usage.output_tokens)).toEqual([16, 10, 10]);
  });

  it("of codex is not made up where the former total is unknown", () => {
    const reader = providerNamed("codex").openReader({ request, resumes: "before", counters: null });
    const { events } = readAll(reader, transcriptLines("codex", "resume"));
    expect(events.find((event) => event.type === "usage")).toMatchObject({ is_exact: false, turn: noUsage });
    expect(reader.state.counters).toMatchObject({ input_tokens: 20019 });
  });

  it("of claude is each turn's own cost, though its total counts the whole conversation", () => {
    const costs = ["resume-1-first", "resume-2-resumed", "resume-6-other-cwd"].map(
      (name) => read("claude", name, null).usage.cost_usd,
    );
    expect(costs.map((cost) => cost?.toFixed(6))).toEqual(["0.050260", "0.050384", "0.050500"]);
  });

  it("of opencode is the sum of its steps", () => {
    expect(read("opencode", "tool-default", null).usage.cost_usd).toBeCloseTo(0.007801 + 0.007885, 9);
  });
});

describe("a limit's end", () => {
  it("is taken from opencode's headers, counted from the agent's own time", () => {
    const reader = providerNamed("opencode").openReader({ request, resumes: null, counters: null });
    readAll(reader, transcriptLines("opencode", "err-429"));
    const ending = classifyEnd({ exitCode: 1, signal: null }, reader.state, "task", providerNamed("opencode").endingRules);
    expect(ending).toMatchObject({ reason: "rate_limited", until: 1795255868651 + 1000 });
  });

  it("is left open where the agent says none", () => {
    const reader = providerNamed("claude").openReader({ request, resumes: null, counters: null });
    readAll(reader, transcriptLines("claude", "err-429"));
    expect(
      classifyEnd({ exitCode: 1, signal: null }, reader.state, "task", providerNamed("claude").endingRules),
    ).not.toHaveProperty("until");
    expect(reader.state.retries).toBe(2);
  });
});
