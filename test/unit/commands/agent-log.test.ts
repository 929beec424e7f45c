import { describe, expect, it } from "vitest";
import { agentLog, lastLines } from "../../../src/commands/log/agent-log.ts";
import type { LogEvent } from "../../../src/protocol/messages.ts";

const mission = { provider: "claude", type: "task", cwd: "/" };

/** Lines of an agent's output as `logs` gives them, one an event. */
async function* linesOf(...lines: readonly (object | string)[]): AsyncGenerator<LogEvent> {
  let offset = 0;
  for (const line of lines) {
    const text = typeof line === "string" ? `${line}\n` : `${JSON.stringify(line)}\n`;
    yield { mission: "a2345678", attempt: 1, offset, time: null, bytes: text.length, text };
    offset += text.length;
  }
}

async function textOf(events: AsyncIterable<LogEvent>): Promise<string> {
  let all = "";
  for await (const { text } of events) all += text;
  return all;
}

const assistant = (...content: object[]) => ({ type: "assistant", message: { role: "assistant", content } });
const piece = (text: string) => ({ type: "stream_event", event: { delta: { type: "text_delta", text } } });
const text = (said: string) => assistant({ type: "text", text: said });

describe("the log of an agent", () => {
  it("shows texts once, tools in a line, and what is no protocol as it is", async () => {
    const tool = assistant({ type: "tool_use", id: "t1", name: "Bash", input: { command: "ls" } });
    const lines = linesOf("warning: old", piece("Hel"), piece("lo"), text("Hello"), tool, text("Done\n"));
    expect(await textOf(agentLog(mission, lines))).toBe('warning: old\nHello\n[Bash] {"command":"ls"}\nDone\n');
  });

  it("keeps a text that was cut short", async () => {
    expect(await textOf(agentLog(mission, linesOf(piece("half a "), piece("sent"))))).toBe("half a sent\n");
  });

  it("goes on behind a position without saying again what stood before it", async () => {
    const first = JSON.stringify(text("one")).length + 1;
    const lines = linesOf(text("one"), text("two"));
    expect(await textOf(agentLog(mission, lines, { attempt: 1, offset: first }))).toBe("two\n");
  });

  it("has last lines, counted as people see them", async () => {
    const shown = () => agentLog(mission, linesOf(text("one\ntwo\nthree"), { type: "system" }));
    expect(await textOf(lastLines(shown(), 2))).toBe("two\nthree\n");
    expect(await textOf(lastLines(shown(), 0))).toBe("");
  });
});
