import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";

const bytes = 256 * 1024;
/** So many times its size has to be free before it is put aside: it must not be what fills the disk. */
const wanted = 64;

/**
 * Room that is kept for the one thing that has to work on a full disk: to remove something. A row
 * cannot be deleted without writing, and a mission that printed nothing leaves no room for that; nor
 * does a daemon start without.
 */
export class Reserve {
  readonly #path: string;
  readonly #home: string;

  constructor(path: string, home: string) {
    this.#path = path;
    this.#home = home;
  }

  /** Puts room aside where there is plenty and none is put aside yet. */
  keep(): void {
    try {
      if (existsSync(this.#path)) return;
      const { bavail, bsize } = statfsSync(this.#home);
      if (bavail * bsize < wanted * bytes) return;
      // Not zeros: file systems that compress would keep nothing.
      writeFileSync(this.#path, Buffer.alloc(bytes, "room for what removes; made again by itself\n"), { mode: 0o600 });
    } catch {
      // A disk that is full just now has none to put aside.
      rmSync(this.#path, { force: true });
    }
  }

  /** Gives the room back where there is less than that besides. */
  lend(): void {
    const { bavail, bsize } = statfsSync(this.#home);
    if (bavail * bsize < bytes) this.free();
  }

  /** Gives the room back to the disk. */
  free(): void {
    rmSync(this.#path, { force: true });
  }
}
