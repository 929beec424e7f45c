import { fstatSync, readSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { AttemptPaths } from "../base/paths.ts";
import { readDropped } from "./dropped.ts";

// Read into by one reading at a time: what it holds is copied before anybody else's turn.
const scratch = Buffer.allocUnsafeSlow(64 * 1024);
/** Bytes that `readFresh` gives at most. */
export const freshBytes = scratch.length;

/** One attempt's output, read by offset. A file that is not there yet is empty. */
export class OutputFile {
  readonly #paths: AttemptPaths;
  #handle: FileHandle | null = null;

  constructor(paths: AttemptPaths) {
    this.#paths = paths;
  }

  /** Bytes that went from the old end; reading starts there at the earliest. */
  dropped(): number {
    return readDropped(this.#paths.dropped);
  }

  /** Bytes written so far, the dropped ones included. */
  async size(): Promise<number> {
    const handle = await this.#open();
    return handle === null ? 0 : fstatSync(handle.fd).size;
  }

  /** Epoch ms of the last write; null when the file is not there. */
  async modifiedAt(): Promise<number | null> {
    const handle = await this.#open();
    return handle === null ? null : Math.round(fstatSync(handle.fd).mtimeMs);
  }

  /** The bytes `[from, to)`, or fewer when the file ends before. They may lie in a hole: see `readKept`. */
  async read(from: number, to: number): Promise<Buffer> {
    const handle = await this.#open();
    const length = Math.max(0, to - from);
    if (handle === null || length === 0) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(buffer, filled, length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  /**
   * As `read`; null when the bytes were dropped before or while they were read. Retention writes
   * down what it drops before it drops it, so asking after the read is enough.
   */
  async readKept(from: number, to: number): Promise<Buffer | null> {
    const bytes = await this.read(from, to);
    return this.dropped() > from ? null : bytes;
  }

  /**
   * What came behind `from` just now, so that it lies in memory and need not be waited for. To be
   * used or copied before the caller gives way to others; null where `readKept` has to say.
   */
  readFresh(from: number): Buffer | null {
    if (this.#handle === null) return null;
    const count = readSync(this.#handle.fd, scratch, 0, scratch.length, from);
    return this.dropped() > from ? null : scratch.subarray(0, count);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  async #open(): Promise<FileHandle | null> {
    if (this.#handle !== null) return this.#handle;
    if (statSync(this.#paths.output, { throwIfNoEntry: false }) === undefined) return null;
    this.#handle = await open(this.#paths.output, "r").catch(ignoreMissing);
    return this.#handle;
  }
}

function ignoreMissing(thrown: NodeJS.ErrnoException): null {
  if (thrown.code === "ENOENT") return null;
  throw thrown;
}
