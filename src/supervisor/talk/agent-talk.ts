import type { DaemonLog } from "../../base/daemon-log.ts";
import { deferred } from "../../base/deferred.ts";
import type { LogAttempt, LogSource } from "../../output/log-source.ts";
import { readLog } from "../../output/read-log.ts";
import type { AgentReader, Heard } from "../../providers/agent-reader.ts";
import type { AgentEvent } from "../../providers/normalised-event.ts";
import type { AgentCommand } from "../../providers/provider.ts";
import type { Attempt } from "../../runner/attempt.ts";
import type { SendRecord, TalkFile, TalkRecord } from "./talk-file.ts";

/** What an attempt's talk tells whoever holds the conversation. */
export interface TalkListener {
  /** Messages that a former daemon wrote before this point of the output. */
  wrote(records: readonly SendRecord[]): void;
  /** @param isNew false where a former daemon heard it too */
  heard(heard: Heard, at: number, isNew: boolean): void;
  /** What was cut short when the agent ended; `at` is the end of the output. */
  finished(events: readonly AgentEvent[], at: number): void;
}

export interface TalkParts {
  readonly attempt: number;
  readonly reader: AgentReader;
  readonly command: AgentCommand;
  readonly source: LogSource & { close(): void };
  readonly memory: TalkFile;
  /** What a former daemon did in this attempt; none of a new one. */
  readonly records: readonly TalkRecord[];
  /** Where the last line ends that a former daemon may have heard. */
  readonly heardTo: number;
  readonly listener: TalkListener;
  readonly log: DaemonLog;
}

// Whoever waits does not wait for output that cannot be read.
const silentMs = 5_000;

/**
 * The talk with one attempt's agent: reads its output as it grows and writes to its stdin. After a
 * restart of the daemon it reads the output from its start, and writes only what was not written.
 */
export class AgentTalk {
  readonly #parts: TalkParts;
  readonly #process: Attempt;
  readonly #stop = new AbortController();
  readonly #caughtUp = deferred<void>();
  readonly #over: Promise<void>;
  #isEnded = false;
  #wake: () => void = () => undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #position = 0;
  /** Ends the wait of others when nothing was read for too long; null: all was read again. */
  #patience: NodeJS.Timeout | null = null;

  constructor(parts: TalkParts, process: Attempt) {
    this.#parts = parts;
    this.#process = process;
    this.#open();
    this.#over = this.#read()
      .catch((error) => parts.log.error({ err: error }, "an agent's output could not be read"))
      .finally(() => this.#isKnown());
    if (this.isCaughtUp) this.#isKnown();
    else this.#patience = setTimeout(() => this.#isKnown(), silentMs);
  }

  get reader(): AgentReader {
    return this.#parts.reader;
  }

  /** How far the output was heard. */
  get position(): number {
    return this.#position;
  }

  /** Whether all was heard that a former daemon may have heard. */
  get isCaughtUp(): boolean {
    return this.#position >= this.#parts.heardTo;
  }

  /** Behind all that was heard, by a former daemon too. */
  get newsFrom(): number {
    return Math.max(this.#position, this.#parts.heardTo);
  }

  /** Resolves once it `isCaughtUp`; also when it is over before, or its output cannot be read. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** Writes behind all that was written before. */
  write(bytes: string): void {
    if (bytes === "") return;
    this.#then(() => this.#process.writeStdin(Buffer.from(bytes)));
  }

  /** As `write`; resolves with whether the agent's stdin took it, once it did. */
  async deliver(bytes: string): Promise<boolean> {
    let isTaken = false;
    this.#then(async () => {
      await this.#process.writeStdin(Buffer.from(bytes));
      isTaken = true;
    });
    await this.#writing;
    return isTaken;
  }

  closeStdin(): void {
    this.#then(() => this.#process.closeStdin());
  }

  /** The agent ended: resolves when all that it said was heard. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#wake();
    await this.#over;
  }

  /** Hears no more. */
  close(): void {
    this.#stop.abort();
    this.#parts.source.close();
  }

  #isKnown(): void {
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#patience = null;
    this.#caughtUp.resolve();
  }

  #open(): void {
    const { reader, command, memory, records, attempt } = this.#parts;
    // Also where it was written before: the reader has to know that it was.
    const greeting = reader.opening() + (command.stdin ?? "");
    if (records.some(({ did }) => did === "open")) return;
    this.write(greeting);
    if (command.stdinEnds === "at_once") this.closeStdin();
    this.#then(async () => memory.add({ did: "open", attempt }));
  }

  async #read(): Promise<void> {
    const { reader, attempt, listener } = this.#parts;
    const sends = this.#parts.records.filter((record): record is SendRecord => record.did === "send");
    const options = { follow: true, attempt, raw: false, linewise: true, signal: this.#stop.signal };
    this.#expect(sends, 0);
    for await (const { kind, bytes, offset, time } of readLog(this.#source(), options)) {
      if (kind === "marker") continue;
      this.#position = offset + bytes.length;
      const line = bytes.toString(undefined, 0, bytes.at(-1) === 10 ? bytes.length - 1 : bytes.length);
      const heard = reader.push(line, time ?? Date.now());
      this.#expect(sends, this.#position);
      this.#hear(heard, offset);
      if (this.#patience !== null && this.isCaughtUp) this.#isKnown();
      else this.#patience?.refresh();
    }
    if (!this.#stop.signal.aborted) listener.finished(reader.finish(), this.#position);
  }

  #expect(sends: SendRecord[], offset: number): void {
    if (sends.length === 0) return;
    const due = sends.findIndex(({ at }) => at > offset);
    const written = sends.splice(0, due === -1 ? sends.length : due);
    for (const { id, text } of written) this.reader.expectMessage(id, text);
    if (written.length > 0) this.#parts.listener.wrote(written);
  }

  #hear(heard: Heard, offset: number): void {
    const { listener, memory, attempt, records, command, heardTo } = this.#parts;
    const wasReplied = () => records.some((record) => record.did === "reply" && record.at >= offset);
    if (heard.replies.length > 0 && !wasReplied()) {
      memory.add({ did: "reply", attempt, at: offset });
      this.write(heard.replies.join(""));
    }
    listener.heard(heard, offset, offset >= heardTo);
    if (command.stdinEnds === "after_result" && heard.events.some(({ type }) => type === "result")) this.closeStdin();
  }

  /** The mission's log, of which this attempt has ended as soon as its process has. */
  #source(): LogSource {
    const { source, attempt } = this.#parts;
    return {
      attempts: () => (this.#isEnded ? source.attempts().map((one) => endedWhere(one, attempt)) : source.attempts()),
      isFinal: () => source.isFinal(),
      changed: (signal) =>
        this.#isEnded
          ? Promise.resolve()
          : Promise.race([source.changed(signal), new Promise<void>((resolve) => (this.#wake = resolve))]),
    };
  }

  #then(work: () => Promise<unknown>): void {
    this.#writing = this.#writing.then(work).catch((error) => {
      // It ended, or reads no more: its end tells the rest.
      this.#parts.log.info({ err: error }, "an agent did not take what was written to it");
    });
  }
}

const endedWhere = (one: LogAttempt, attempt: number): LogAttempt => (one.number === attempt ? { ...one, isEnded: true } : one);
