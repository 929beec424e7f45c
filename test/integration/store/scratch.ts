import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { Store } from "../../../src/store/store.ts";

/** A directory for each test of the file, and the stores opened in it; all gone after the test. */
export function useScratch() {
  const directories: string[] = [];
  const stores: Store[] = [];
  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory(): string {
      const directory = mkdtempSync(join(tmpdir(), "om-store-"));
      directories.push(directory);
      return directory;
    },
    open(path: string, now = 0): Store {
      const store = new Store(path, now);
      stores.push(store);
      return store;
    },
    /** Closes a store before its test ends. */
    close(store: Store): void {
      stores.splice(stores.indexOf(store), 1);
      store.close();
    },
  };
}
