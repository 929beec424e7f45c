import { closeSync, constants, fstatSync, openSync, readSync, statSync, writeSync } from "node:fs";

/**
 * The index of times: records of 32 bytes, `<end> <time>` as text, `~` before a time that is only
 * an upper bound. Bytes from the former record's end up to this end have this time. Records say
 * where the seen bytes END, so that a later daemon knows which bytes nobody saw arrive.
 * The fixed width lets a reader search the file itself; a torn last record falls away.
 */
export interface TimeRecord {
  readonly end: number;
  /** Epoch ms. */
  readonly time: number;
  readonly isApproximate: boolean;
}

export const recordBytes = 32;
const coalesceMs = 50;

export class TimeIndexWriter {
  readonly #path: string;
  #count: number;
  #written: TimeRecord | null;
  #pending: TimeRecord | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(path: string) {
    this.#path = path;
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#count = Math.floor(size / recordBytes);
    this.#written = this.#count === 0 ? null : lastRecord(path);
  }

  /** The newest record, be it written already or not. */
  get last(): TimeRecord | null {
    return this.#pending ?? this.#written;
  }

  /** Bytes of the index file. */
  get bytes(): number {
    return this.#count * recordBytes;
  }

  /** Notes that bytes up to `end` were seen at `time`. Notes less than 50 ms apart become one record. */
  note(end: number, time: number, isApproximate = false): void {
    if (end <= (this.last?.end ?? 0)) return;
    const record = { end, time, isApproximate };
    if (isApproximate || !this.#isSoon(time)) this.flush();
    if (isApproximate || !this.#isSoon(time)) this.#write(record);
    else this.#hold(record);
  }

  /** Writes what is still held back. */
  flush(): void {
    if (this.#pending !== null) this.#write(this.#pending);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #hold(record: TimeRecord): void {
    this.#pending = record;
    this.#timer ??= setTimeout(() => this.flush(), coalesceMs).unref();
  }

  #isSoon(time: number): boolean {
    return this.#written !== null && Math.abs(time - this.#written.time) < coalesceMs;
  }

  #write(record: TimeRecord): void {
    this.#pending = null;
    try {
      // By position, not appended: a record that a full disk cut is overwritten by the next one.
      writeAt(this.#path, encodeRecord(record), this.#count * recordBytes);
    } catch {
      return; // A full disk must not end the daemon; the next record covers these bytes, a little later.
    }
    this.#count += 1;
    this.#written = record;
  }
}

/** Searches an index file; remembers the record it found, as readers go forward. */
export class TimeIndexReader {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(recordBytes);
  #descriptor: number | null = null;
  #found: { readonly position: number; readonly from: number; readonly record: TimeRecord } | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The record that says when the byte at `offset` was seen; null when the index does not reach there. */
  recordAt(offset: number): TimeRecord | null {
    const found = this.#found;
    if (found !== null && offset >= found.from && offset < found.record.end) return found.record;
    const next = found !== null && offset >= found.record.end ? found.position + 1 : null;
    const record = next === null ? null : this.#read(next);
    if (next !== null && (record === null || offset < record.end)) return this.#remember(next, record);
    return this.#remember(...this.#first((candidate) => candidate.end > offset));
  }

  /** Where the bytes seen at `time` (epoch ms) or later begin; null when there are none. */
  startOf(time: number): number | null {
    const [position, record] = this.#first((candidate) => candidate.time >= time);
    return record === null ? null : this.#endBefore(position);
  }

  /** How far the index reaches. */
  end(): number {
    return this.#endBefore(this.#count());
  }

  /** How many records end at or before `offset`. */
  countUpTo(offset: number): number {
    return this.#first((candidate) => candidate.end > offset)[0];
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #remember(position: number, record: TimeRecord | null): TimeRecord | null {
    this.#found = record === null ? this.#found : { position, from: this.#endBefore(position), record };
    return record;
  }

  #endBefore(position: number): number {
    return position === 0 ? 0 : (this.#read(position - 1)?.end ?? 0);
  }

  /** Position and record of the first one that holds; the position after the last one and null when none does. */
  #first(holds: (record: TimeRecord) => boolean): [number, TimeRecord | null] {
    let low = 0;
    let high = this.#count();
    while (low < high) {
      const middle = (low + high) >>> 1;
      const record = this.#read(middle);
      if (record !== null && holds(record)) high = middle;
      else low = middle + 1;
    }
    return [low, this.#read(low)];
  }

  #count(): number {
    const descriptor = this.#open();
    return descriptor === null ? 0 : Math.floor(fstatSync(descriptor).size / recordBytes);
  }

  #read(position: number): TimeRecord | null {
    const descriptor = this.#open();
    if (descriptor === null) return null;
    const bytes = readSync(descriptor, this.#buffer, 0, recordBytes, position * recordBytes);
    return bytes < recordBytes ? null : decodeRecord(this.#buffer);
  }

  #open(): number | null {
    this.#descriptor ??= openIfThere(this.#path);
    return this.#descriptor;
  }
}

export function encodeRecord({ end, time, isApproximate }: TimeRecord): string {
  return `${String(end).padStart(16)} ${isApproximate ? "~" : " "}${String(Math.round(time)).padStart(13, "0")}\n`;
}

/** A record in a punched part reads as NULs; it comes before every other one. */
function decodeRecord(bytes: Buffer): TimeRecord {
  if (bytes[recordBytes - 1] !== 10) return { end: 0, time: Number.NEGATIVE_INFINITY, isApproximate: true };
  return {
    end: Number(bytes.toString("latin1", 0, 16)),
    time: Number(bytes.toString("latin1", 18, recordBytes - 1)),
    isApproximate: bytes[17] === 126,
  };
}

function lastRecord(path: string): TimeRecord | null {
  const reader = new TimeIndexReader(path);
  try {
    return reader.recordAt(reader.end() - 1);
  } finally {
    reader.close();
  }
}

function writeAt(path: string, text: string, position: number): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    if (writeSync(descriptor, text, position, "latin1") < text.length) throw new Error("short write");
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(path: string): number | null {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}
