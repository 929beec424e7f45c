import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

export interface RotationLimits {
  /** Bytes after which the file is put aside. */
  readonly maxBytes: number;
  /** Files in all, the current one included. */
  readonly files: number;
}

/** The rule of the daemon's own log: 10 MiB, three files. */
export const logRotation: RotationLimits = { maxBytes: 10 * 1024 * 1024, files: 3 };

/**
 * A log file that puts itself aside as `<path>.1`, `<path>.2`. Writes are synchronous, so that a
 * crash loses no line, and never throw: a full disk costs lines, not the daemon.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #limits: RotationLimits;
  readonly #mirror: ((line: string) => void) | undefined;
  #fd: number | undefined;
  #bytes = 0;

  /** @param mirror gets every line as well, for a daemon in the foreground */
  constructor(path: string, limits: RotationLimits = logRotation, mirror?: (line: string) => void) {
    this.#path = path;
    this.#limits = limits;
    this.#mirror = mirror;
  }

  write(line: string): void {
    try {
      this.#mirror?.(line);
      this.#append(Buffer.from(line));
    } catch {
      this.close();
    }
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeQuietly(fd);
  }

  #append(bytes: Buffer): void {
    if (this.#fd !== undefined && this.#bytes > 0 && this.#bytes + bytes.length > this.#limits.maxBytes) this.#rotate();
    this.#fd ??= this.#open();
    this.#bytes += writeSync(this.#fd, bytes);
  }

  #open(): number {
    const fd = openSync(this.#path, "a", 0o600);
    this.#bytes = fstatSync(fd).size;
    return fd;
  }

  #rotate(): void {
    this.close();
    for (let age = this.#limits.files - 1; age > 0; age -= 1) {
      try {
        renameSync(age === 1 ? this.#path : `${this.#path}.${age - 1}`, `${this.#path}.${age}`);
      } catch {
        // Not there yet, or not to be moved: then the log goes on where it is.
      }
    }
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Nothing is lost: every write was complete.
  }
}
