import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AgentReader, Heard } from "../../../src/providers/agent-reader.ts";
import type { AgentEvent } from "../../../src/providers/normalised-event.ts";
import { type AgentRequest, emptyRequest } from "../../../src/providers/provider.ts";

const root = resolve(import.meta.dirname, "../../fixtures/transcripts");

/** When a line was heard, for every test: epoch ms. */
export const heardAt = Date.UTC(2026, 10, 21, 12);

export const request: AgentRequest = { ...emptyRequest, prompt: "say hi", cwd: "/tmp/there" };

export const transcriptNames = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".ndjson"))
    .map((name) => name.slice(0, -".ndjson".length));

export const transcriptLines = (folder: string, name: string): string[] =>
  readFileSync(join(root, folder, `${name}.ndjson`), "utf8")
    .trimEnd()
    .split("\n");

/** Everything that a whole attempt made of its reader. */
export interface Reading {
  readonly events: readonly AgentEvent[];
  readonly replies: readonly string[];
  readonly delivered: readonly string[];
}

export function readAll(reader: AgentReader, lines: readonly string[]): Reading {
  const all = lines.map((line) => reader.push(line, heardAt));
  return {
    events: [...all.flatMap((one) => one.events), ...reader.finish()],
    replies: all.flatMap((one) => one.replies),
    delivered: all.flatMap((one) => one.delivered),
  };
}

interface Recorded {
  readonly dir: string;
  readonly msg: { id?: string | number; method?: string };
}

const ownIds = new Map([
  ["initialize", "overmind-initialize"],
  ["session/new", "overmind-new"],
  ["session/load", "overmind-resume"],
  ["session/resume", "overmind-resume"],
  ["thread/start", "overmind-thread"],
  ["thread/resume", "overmind-resume"],
]);

const modeId = "overmind-mode";

/**
 * Plays a recorded JSON-RPC dialogue to a reader as if we had asked: answers to the recorded requests
 * bear our ids, and the recorded prompt number n is our message `n`.
 */
export function playDialogue(reader: AgentReader, folder: string, name: string): Reading & { readonly sent: readonly string[] } {
  const ids = new Map<string | number, string>();
  const all: Heard[] = [];
  const sent: string[] = [];
  for (const line of transcriptLines(folder, name)) {
    const { dir, msg }: Recorded = JSON.parse(line);
    const isAnswer = msg.method === undefined && msg.id !== undefined;
    if (dir === "<-") all.push(reader.push(JSON.stringify(isAnswer ? { ...msg, id: ids.get(msg.id ?? "") } : msg), heardAt));
    if (dir !== "->" || msg.method === undefined || msg.id === undefined) continue;
    const isMessage = msg.method === "session/prompt" || msg.method === "turn/start";
    ids.set(msg.id, isMessage ? `overmind-message-${msg.id}` : (ownIds.get(msg.method) ?? `other-${msg.id}`));
    if (isMessage && all.some(({ replies }) => replies.join("").includes(modeId))) {
      // The recorded client chose no mode.
      all.push(reader.push(JSON.stringify({ jsonrpc: "2.0", id: modeId, result: {} }), heardAt));
    }
    if (isMessage) reader.userMessage(String(msg.id), "as recorded");
    if (isMessage) sent.push(String(msg.id));
  }
  return {
    events: [...all.flatMap((one) => one.events), ...reader.finish()],
    replies: all.flatMap((one) => one.replies),
    delivered: all.flatMap((one) => one.delivered),
    sent,
  };
}
