import type { LogEvent } from "../../protocol/messages.ts";
import type { AgentReader } from "../../providers/agent-reader.ts";
import type { AgentEvent } from "../../providers/normalised-event.ts";
import { type AgentRequest, emptyRequest } from "../../providers/provider.ts";
import { providerNamed } from "../../providers/registry.ts";
import type { LogPosition } from "./log-events.ts";

/** Whose output it is. */
export interface TalkingMission {
  readonly provider: string;
  readonly type: string;
  readonly cwd: string;
}

/**
 * An agent's log for people: its protocol's lines as the text they mean, at the places where they
 * stand. Reads all that comes before `from` too, because a line's meaning may depend on it.
 *
 * @param lines one line an event
 */
export async function* agentLog(
  mission: TalkingMission,
  lines: AsyncIterable<LogEvent>,
  from?: LogPosition,
): AsyncGenerator<LogEvent> {
  let reader: AgentReader | null = null;
  let last: LogEvent | null = null;
  for await (const event of lines) {
    const isNext = last !== null && last.attempt !== event.attempt;
    if (reader !== null && last !== null && isNext) yield* behind(shown(reader.finish(), ending(last)), from);
    if (reader === null || isNext) reader = openReader(mission);
    last = event;
    if (event.marker) yield* behind([event], from);
    else yield* behind(shown(reader.push(event.text.replace(/\n$/, ""), timeOf(event)).events, event), from);
  }
  if (reader !== null && last !== null) yield* behind(shown(reader.finish(), ending(last)), from);
}

const ending = (last: LogEvent): LogEvent => ({ ...last, offset: last.offset + last.bytes, bytes: 0 });

const timeOf = ({ time }: LogEvent): number => (time === null ? Date.now() : Date.parse(time));

function openReader({ provider, type, cwd }: TalkingMission): AgentReader {
  const request: AgentRequest = { ...emptyRequest, type: type === "session" ? "session" : "task", cwd };
  return providerNamed(provider).openReader({ request, resumes: null, counters: null });
}

function shown(events: readonly AgentEvent[], place: LogEvent): LogEvent[] {
  const text = events.map(readable).join("");
  const { marker: _, ...rest } = place;
  return text === "" ? [] : [{ ...rest, text }];
}

function behind(events: readonly LogEvent[], from: LogPosition | undefined): readonly LogEvent[] {
  if (from === undefined) return events;
  return events.filter(({ attempt, offset }) => attempt > from.attempt || (attempt === from.attempt && offset >= from.offset));
}

/** What an event says to a person; empty for what only programs need. */
export function readable(event: AgentEvent): string {
  switch (event.type) {
    case "text":
      return event.delta ? "" : ended(event.text);
    case "plain":
      return ended(event.text);
    case "tool_use":
      return ended(`[${event.tool}] ${short(event.input)}`);
    case "tool_result":
      return event.is_error ? ended(`[failed] ${short(event.output)}`) : "";
    case "needs_input":
      return ended(`[asks] ${event.tool} ${short(event.input)}`);
    case "system":
      return event.subtype === "resume_failed" ? ended(`--- ${event.message ?? "a new conversation begins"} ---`) : "";
    case "result":
      return event.is_error ? ended(`[${event.outcome}] ${event.error_text ?? ""}`) : "";
    default:
      return "";
  }
}

const ended = (text: string): string => (text === "" ? "" : text.endsWith("\n") ? text : `${text}\n`);

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const line = text.trimEnd().replaceAll("\n", "\\n");
  return line.length <= 300 ? line : `${line.slice(0, 300)}…`;
}

/** The last `count` lines of a log that ends. */
export async function* lastLines(events: AsyncIterable<LogEvent>, count: number): AsyncGenerator<LogEvent> {
  let kept: LogEvent[] = [];
  for await (const event of events) {
    for (const text of event.text.split(/(?<=\n)/)) kept.push({ ...event, text });
    if (kept.length > 2 * count + 1000) kept = kept.slice(-count);
  }
  yield* count === 0 ? [] : kept.slice(-count);
}
