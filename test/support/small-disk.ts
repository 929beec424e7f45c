import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { runMarker } from "./home.ts";

export interface SmallDisk {
  readonly path: string;
  unmount(): void;
}

/**
 * A tmpfs of `kilobytes`, or read-only; null where mounting is not permitted (it needs root).
 */
export function mountSmallDisk(options: string): SmallDisk | null {
  const path = mkdtempSync(`/tmp/om-${runMarker}-`);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmdirSync(path);
    return null;
  }
  return {
    path,
    unmount() {
      execFileSync("umount", ["-l", path]);
      rmdirSync(path);
    },
  };
}

/** Whether this machine lets the suite mount small disks. */
export const canMount: boolean = probe();

function probe(): boolean {
  const disk = process.platform === "linux" ? mountSmallDisk("size=64k") : null;
  disk?.unmount();
  return disk !== null;
}
