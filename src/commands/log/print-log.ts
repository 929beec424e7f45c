import type { LogEvent, RawLogEvent } from "../../protocol/messages.ts";
import type { Requester, Screen } from "../command-line-context.ts";
import { LogPrinter, type PrinterOptions } from "./log-printer.ts";

export interface LogQuery {
  readonly follow: boolean;
  readonly tail?: number | undefined;
  /** Epoch milliseconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly attempt?: number | undefined;
}

/** Streams one mission's log to the screen; outlives a restart of the daemon without losing or repeating a byte. */
export async function printLog(
  client: Requester,
  id: string,
  query: LogQuery,
  screen: Screen,
  options: PrinterOptions & { endLine: boolean; signal?: AbortSignal },
): Promise<void> {
  const printer = new LogPrinter(screen, options);
  const args = { ...query, id, stream: true, linewise: options.timestamps || options.json };
  const resume = (last: LogEvent | undefined) => (last ? behind(args, last, last.bytes) : args);
  const stream = client.stream<LogEvent>("logs", args, { resume, ...(options.signal ? { signal: options.signal } : {}) });
  for await (const event of stream) await printer.print(event);
  if (options.endLine) await printer.endLine();
}

/** The same as the agent wrote it. */
export async function printRawLog(client: Requester, id: string, query: LogQuery, screen: Screen): Promise<void> {
  const args = { ...query, id, stream: true, raw: true };
  const resume = (last: RawLogEvent | undefined) => (last ? behind(args, last, Buffer.byteLength(last.base64, "base64")) : args);
  const stream = client.stream<RawLogEvent>("logs", args, { resume });
  for await (const event of stream) await screen.write(Buffer.from(event.base64, "base64"));
}

/** The arguments with which a log goes on behind an event. */
const behind = (args: object, last: { attempt: number; offset: number }, bytes: number): object => ({
  ...args,
  tail: undefined,
  from: { attempt: last.attempt, offset: last.offset + bytes },
});
