import type { Socket } from "node:net";

/** Bytes in the queue above which `room` waits. */
const roomyBytes = 256 * 1024;
/** Bytes handed to the socket at once when lines are small. */
const batchBytes = 64 * 1024;

/**
 * The lines a connection still has to write. It keeps its own queue instead of the socket's, so
 * that what was not begun can be dropped when a reader falls too far behind; the socket only ever
 * holds whole lines, hence a cut never tears one.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #wrote: () => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #writingBytes = 0;
  #waiting: (() => void)[] = [];
  #isClosed = false;
  #isDue = false;
  #taken = 0;

  /** @param wrote called each time something left the queue */
  constructor(socket: Socket, wrote: () => void) {
    this.#socket = socket;
    this.#wrote = wrote;
  }

  /** Bytes not yet taken by the operating system. */
  get bytes(): number {
    return this.#queuedBytes + this.#writingBytes;
  }

  /** Writes that the operating system has taken so far. */
  get taken(): number {
    return this.#taken;
  }

  send(line: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.from(line);
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (!this.#isDue && this.#writingBytes === 0) this.#writeSoon();
  }

  /** Resolves once the queue is short; at once when it is, or when the connection has closed. */
  room(): Promise<void> {
    if (this.#isClosed || this.bytes <= roomyBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when everything has been handed to the operating system, or the connection has closed. */
  async flushed(): Promise<void> {
    while (!this.#isClosed && this.bytes > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Forgets the lines that were not begun. */
  dropQueued(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** The connection has gone: nobody waits any more. */
  close(): void {
    this.#isClosed = true;
    this.dropQueued();
    this.#writingBytes = 0;
    this.#wakeAll();
  }

  /** What a turn of the loop has to say goes in one write: each wakes the peer. */
  #writeSoon(): void {
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (this.#writingBytes === 0) this.#write();
    });
  }

  #write(): void {
    const batch = this.#nextBatch();
    if (batch.length === 0) return;
    this.#writingBytes = batch.length;
    this.#socket.write(batch, (error) => {
      if (error || this.#isClosed) return;
      this.#writingBytes = 0;
      this.#taken += 1;
      this.#write();
      if (this.bytes <= roomyBytes) this.#wakeAll();
      this.#wrote();
    });
  }

  #nextBatch(): Buffer {
    const lines: Buffer[] = [];
    let bytes = 0;
    for (const line of this.#queue) {
      if (lines.length > 0 && bytes + line.length > batchBytes) break;
      lines.push(line);
      bytes += line.length;
    }
    this.#queue.splice(0, lines.length);
    this.#queuedBytes -= bytes;
    return lines.length === 1 ? (lines[0] as Buffer) : Buffer.concat(lines);
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
