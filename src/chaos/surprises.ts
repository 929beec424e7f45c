import { existsSync, mkdirSync, readdirSync, statfsSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type Sandbox, tries } from "./sandbox.ts";

/** What a run may need: a mission keeps some 20 kB, and a quick machine has a thousand of them a minute. */
const kilobytesFor = (ms: number): number => 65_536 + Math.ceil(ms / 60_000) * 65_536;

/** The surroundings that a run can change under its daemon: the disk, the clock; and readers that it leaves hanging. */
export class Surprises {
  readonly #sandbox: Sandbox;
  readonly #sockets: Socket[] = [];
  readonly #hasOwnDisk: boolean;
  readonly #clockFile: string | null;
  readonly #kilobytes: number;

  /**
   * Before the first daemon starts.
   *
   * @param ms how long the run takes
   */
  constructor(sandbox: Sandbox, ms: number) {
    this.#sandbox = sandbox;
    this.#kilobytes = kilobytesFor(ms);
    // Only root may mount; everybody else's disk is not filled.
    const options = `size=${this.#kilobytes}k,mode=700`;
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

  /** Nobody's bytes: the disk becomes as small as what lies on it. */
  async fillDisk(ms: number): Promise<boolean> {
    if (!this.#hasOwnDisk) return false;
    let isFull = false;
    // What is written meanwhile makes it fail.
    for (let tried = 0; tried < 20 && !isFull; tried += 1) isFull = this.#resize(this.#usedKilobytes());
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (!this.#resize(this.#kilobytes)) throw new Error(`the disk of ${this.#sandbox.home} could not be made large again`);
    return isFull;
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

  #usedKilobytes(): number {
    const { blocks, bfree, bsize } = statfsSync(this.#sandbox.home);
    return Math.ceil(((blocks - bfree) * bsize) / 1024);
  }

  #resize(kilobytes: number): boolean {
    return tries("mount", "-o", `remount,size=${kilobytes}k`, this.#sandbox.home);
  }

  close(): void {
    this.calm();
    if (this.#hasOwnDisk) tries("umount", "-l", this.#sandbox.home);
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
