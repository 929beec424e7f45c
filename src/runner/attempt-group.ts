import { readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The cgroup of one attempt (cgroup v2, Documentation/admin-guide/cgroup-v2.rst of Linux). */
export class AttemptGroup {
  readonly path: string;

  /** @param path its directory, which exists */
  constructor(path: string) {
    this.path = path;
  }

  /** Holds all that runs in it to so many bytes: the kernel ends everything in it together when they do not suffice. */
  limit(bytes: number): void {
    this.#write("memory.max", String(bytes));
    this.#write("memory.oom.group", "1");
    try {
      this.#write("memory.swap.max", "0");
    } catch {
      // A kernel without swap has no such file.
    }
  }

  /** Whether the kernel ended something in it for want of memory. */
  get wasOutOfMemory(): boolean {
    try {
      return /^oom_kill [1-9]/m.test(readFileSync(join(this.path, "memory.events"), "latin1"));
    } catch {
      return false;
    }
  }

  /** Ends everything in it at once, also what hides. Where the kernel cannot (before 5.14) nothing happens. */
  kill(): void {
    try {
      this.#write("cgroup.kill", "1");
    } catch {
      // Whoever sweeps has signalled each process that it found.
    }
  }

  /** False while something runs in it. */
  remove(): boolean {
    try {
      rmdirSync(this.path);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ENOENT";
    }
  }

  #write(file: string, text: string): void {
    // Without O_CREAT: the kernel made every file that there is.
    writeFileSync(join(this.path, file), text, { flag: "r+" });
  }
}
