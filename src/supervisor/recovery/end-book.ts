import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeFileSync, writeSync } from "node:fs";
import type { DaemonLog } from "../../base/daemon-log.ts";
import { faultPoint } from "../../base/fault-points.ts";
import { type FinalStatus, finalStatuses, type Reason } from "../../protocol/mission.ts";
import type { Ending } from "../../store/mission-table.ts";

/** How a mission ended, in words that outlive the database. */
export type RecordedEnd = Ending;

// A line takes about 40 bytes.
const longest = 1 << 20;

/**
 * Which missions have ended for good: one line each, in a file of its own. An exit record tells that
 * an attempt ended, but not whether another was to follow; without this a lost database would make
 * every supervised mission that ended while it was lost stay down.
 */
export class EndBook {
  readonly #path: string;
  readonly #log: DaemonLog;
  /** Bytes it may come to before it is worth shortening again. */
  #bound = longest;
  #length = 0;
  /** Held open: opening it anew would be felt in the rate of short missions. */
  #file: number | null = null;

  constructor(path: string, log: DaemonLog) {
    this.#path = path;
    this.#log = log;
  }

  /** Written before the row is: a daemon killed in between decides once more. */
  note(id: string, end: RecordedEnd): void {
    try {
      this.#file ??= openSync(this.#path, "a", 0o600);
      this.#length += writeSync(this.#file, lineOf(id, end));
      FAULT: faultPoint("after_end_noted");
    } catch (error) {
      this.#log.warn({ err: error, mission: id }, "the end of a mission could not be noted beside the database");
    }
  }

  /** By mission; null: an older version kept no such book here. */
  read(): ReadonlyMap<string, RecordedEnd> | null {
    if (!existsSync(this.#path)) return null;
    return new Map(readFileSync(this.#path, "utf8").split("\n").flatMap(endOn));
  }

  /**
   * Begins the book where there is none, and shortens one that has grown long.
   *
   * @param known how missions ended, as the database tells; asked only where the book is made
   * @param onDisk ids of the missions that still have files
   */
  open(known: () => Iterable<readonly [string, RecordedEnd]>, onDisk: () => Iterable<string>): void {
    try {
      if (existsSync(this.#path)) this.#length = statSync(this.#path).size;
      else this.#write(known());
    } catch (error) {
      this.#log.warn({ err: error }, "the book of ends could not be written");
    }
    this.shorten(onDisk);
  }

  /**
   * Leaves out the missions that were removed, once the book has grown long: a daemon may run for months.
   *
   * @param onDisk ids of the missions that still have files
   */
  shorten(onDisk: () => Iterable<string>): void {
    if (this.#length <= this.#bound) return;
    try {
      const kept = new Set(onDisk());
      this.#write([...(this.read() ?? [])].filter(([id]) => kept.has(id)));
    } catch (error) {
      this.#log.warn({ err: error }, "the book of ends could not be shortened");
    }
    // Where most of it is still needed, or it cannot be written, it is not read again each time.
    this.#bound = longest + 2 * this.#length;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #write(ends: Iterable<readonly [string, RecordedEnd]>): void {
    const text = Array.from(ends, ([id, end]) => lineOf(id, end)).join("");
    this.close();
    writeFileSync(`${this.#path}.new`, text, { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
    this.#length = Buffer.byteLength(text);
  }
}

const lineOf = (id: string, { attempt, status, reason, endedAt }: RecordedEnd): string =>
  `${id} ${attempt} ${status} ${reason} ${endedAt}\n`;

/** A line that a crash left torn says nothing. */
function endOn(line: string): [string, RecordedEnd][] {
  const [, id = "", attempt, status = "", reason = "", endedAt] = /^(\S+) (\d{1,9}) (\S+) (\S+) (\d{1,15})$/.exec(line) ?? [];
  if (!finalStatuses.includes(status as FinalStatus)) return [];
  return [[id, { attempt: Number(attempt), status: status as FinalStatus, reason: reason as Reason, endedAt: Number(endedAt) }]];
}
