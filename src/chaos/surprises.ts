import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type Sandbox, tries } from "./sandbox.ts";

const diskMegabytes = 64;

/** The surroundings that a run can change under its daemon: the disk, the clock; and readers that it leaves hanging. */
export class Surprises {
  readonly #sandbox: Sandbox;
  readonly #sockets: Socket[] = [];
  readonly #hasOwnDisk: boolean;
  readonly #clockFile: string | null;

  /** Before the first daemon starts. */
  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    // Only root may mount; everybody else's disk is not filled.
    const options = `size=${diskMegabytes}m,mode=700`;
    this.#hasOwnDisk = process.getuid?.() === 0 && tries("mount", "-t", "tmpfs", "-o", options, "tmpfs", sandbox.home);
    this.#clockFile = fakeClock(sandbox);
  }

  /** What the run can do here, in words. */
  get abilities(): string[] {
    return [
      this.#hasOwnDisk ? "fills the disk" : "cannot fill the disk (no permission to mount one)",
      this.#clockFile === null ? "cannot set the clock (libfaketime not found)" : "sets the clock",
    ];
  }

  keep(socket: Socket): void {
    this.#sockets.push(socket);
  }

  async fillDisk(ms: number): Promise<boolean> {
    if (!this.#hasOwnDisk) return false;
    const path = join(this.#sandbox.home, "filler");
    try {
      fill(path);
      await new Promise((resolve) => setTimeout(resolve, ms));
    } finally {
      rmSync(path, { force: true });
    }
    return true;
  }

  async setClock(days: number): Promise<boolean> {
    if (this.#clockFile === null) return false;
    writeFileSync(this.#clockFile, days < 0 ? `${days}d` : `+${days}d`);
    return true;
  }

  /** Gives back all that was taken from the daemon, so that it can come to rest. */
  calm(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    if (this.#clockFile !== null) writeFileSync(this.#clockFile, "+0");
  }

  close(): void {
    this.calm();
    if (this.#hasOwnDisk) tries("umount", "-l", this.#sandbox.home);
  }
}

function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [1024 * 1024, 4096, 1]) while (writesWhole(file, size));
  } finally {
    closeSync(file);
  }
}

function writesWhole(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch {
    return false;
  }
}

/** From now on daemons read their wall clock through libfaketime, whose offset a file says; null: it is not there. */
function fakeClock({ root }: Sandbox): string | null {
  const library = ["/usr/lib", "/usr/lib64", "/usr/local/lib"]
    .flatMap((place) => (existsSync(place) ? [place, ...readdirSync(place).map((name) => join(place, name))] : []))
    .map((place) => join(place, "faketime/libfaketime.so.1"))
    .find((path) => existsSync(path));
  if (library === undefined) return null;
  mkdirSync(root, { recursive: true });
  const file = join(root, "clock");
  writeFileSync(file, "+0");
  Object.assign(process.env, {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  });
  return file;
}
