import { statSync } from "node:fs";
import { terminalText } from "../../base/terminal-text.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { readLog } from "../../output/read-log.ts";
import type { AgentReader } from "../../providers/agent-reader.ts";
import type { PlainEvent } from "../../providers/normalised-event.ts";
import { providerNamed } from "../../providers/registry.ts";
import type { OpenLog } from "../mission-log.ts";
import { type PlacedEvent, placed } from "./event-feed.ts";
import { isBehind, type Position, positionText } from "./position.ts";
import { TalkFile, type TalkRecord } from "./talk-file.ts";

export interface Conversation {
  readonly spec: MissionSpec;
  /** The mission's. */
  readonly directory: string;
  readonly log: OpenLog;
}

/**
 * What a mission said behind a position, read from its output by readers of its own, then what it
 * says until it ends. The same events at the same places as who listened meanwhile was told.
 */
export async function* conversationEvents(
  { spec, directory, log }: Conversation,
  since: Position,
  signal: AbortSignal,
): AsyncGenerator<PlacedEvent> {
  const retelling = new Retelling(spec, new Records(directory));
  const options = { follow: !log.isFinal(), raw: false, linewise: true, signal };
  for await (const { kind, attempt, bytes, offset, time } of readLog(log, options)) {
    if (kind === "marker" || attempt < since.attempt) continue;
    const line = bytes.toString(undefined, 0, bytes.at(-1) === 10 ? bytes.length - 1 : bytes.length);
    yield* retelling.line(attempt, offset, line, time ?? Date.now()).filter((event) => isNews(event, since));
    retelling.readTo(offset + bytes.length);
  }
  if (!signal.aborted) yield* retelling.finish().filter((event) => isNews(event, since));
}

/** A command's line as an event; what a terminal shows is told without what only moves its cursor. */
export const plainEvent = (spec: MissionSpec, attempt: number, offset: number, line: string): PlacedEvent & PlainEvent => ({
  type: "plain",
  text: spec.terminal == null ? line : terminalText(line),
  raw: line,
  at: positionText({ attempt, offset, index: 1 }),
});

function isNews({ at }: PlacedEvent, since: Position): boolean {
  const [attempt = 0, offset = 0, index = 0] = at.split(".").map(Number);
  return isBehind({ attempt, offset, index }, since);
}

/** Reads attempt after attempt, each with a fresh reader that is told what the agent was told. */
class Retelling {
  readonly #spec: MissionSpec;
  readonly #records: Records;
  #reader: AgentReader | null = null;
  #attempt = 0;
  #end = 0;
  #expected = 0;

  constructor(spec: MissionSpec, records: Records) {
    this.#spec = spec;
    this.#records = records;
  }

  line(attempt: number, offset: number, line: string, time: number): PlacedEvent[] {
    if (this.#spec.agent == null) return [plainEvent(this.#spec, attempt, offset, line)];
    const before = attempt === this.#attempt ? [] : this.#next(attempt);
    if (this.#reader === null) return before;
    this.#expect(this.#reader, offset);
    return [...before, ...placed(attempt, offset, this.#reader.push(line, time).events)];
  }

  readTo(end: number): void {
    this.#end = end;
  }

  finish(): PlacedEvent[] {
    return this.#reader === null ? [] : placed(this.#attempt, this.#end, this.#reader.finish());
  }

  #next(attempt: number): PlacedEvent[] {
    const last = this.finish();
    const { agent, provider } = this.#spec;
    const begin = this.#records.of(attempt).find((record) => record.did === "begin");
    const { counters, resumes } = begin?.did === "begin" ? begin : { counters: null, resumes: null };
    this.#reader = agent == null ? null : providerNamed(provider).openReader({ request: agent, resumes, counters });
    // What the reader would write is written already; it has to know that it was.
    this.#reader?.opening();
    this.#attempt = attempt;
    this.#expected = 0;
    return last;
  }

  #expect(reader: AgentReader, offset: number): void {
    const sends = this.#records.of(this.#attempt).filter((record) => record.did === "send");
    for (const record of sends.slice(this.#expected)) {
      if (record.did !== "send" || record.at > offset) return;
      this.#expected += 1;
      reader.expectMessage(record.id, record.text);
    }
  }
}

/** A talk's records, read again when there are more. */
class Records {
  readonly #directory: string;
  #size = -1;
  #records: readonly TalkRecord[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  of(attempt: number): readonly TalkRecord[] {
    const file = new TalkFile(this.#directory);
    const size = statSync(file.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size !== this.#size) this.#records = file.records();
    this.#size = size;
    return this.#records.filter((record) => "attempt" in record && record.attempt === attempt);
  }
}
