import { terminalLines } from "../../base/terminal-text.ts";
import type { LogEvent } from "../../protocol/messages.ts";

/** What was printed on a terminal as plain text; places and sizes stay those of the bytes that were written. */
export async function* terminalLog(events: AsyncIterable<LogEvent>): AsyncGenerator<LogEvent> {
  for await (const event of events) yield event.marker ? event : { ...event, text: terminalLines(event.text) };
}
