import { accessSync, constants, existsSync, lstatSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandLineContext } from "../command-line-context.ts";
import type { Finding } from "./finding.ts";
import { tryProgram } from "./programs.ts";

// f_type of statfs(2) for file systems of another machine, on which locks and sockets are not to be trusted.
const remote: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "SMB"],
  [0xfe534d42, "SMB"],
  [0x517b, "SMB"],
  [0x01021997, "9p"],
]);

/** Whether the home, or what it would be made in, can be written and lies on this machine. */
export function findHome({ paths }: CommandLineContext): Finding {
  const place = nearestDirectory(paths.home);
  if (!statSync(place).isDirectory())
    return { state: "fail", says: `${place} is no directory`, fix: "Set OVERMIND_HOME to a directory of your own." };
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch {
    return { state: "fail", says: `${place} cannot be written`, fix: "Set OVERMIND_HOME to a directory of your own." };
  }
  const kind = remote.get(statfsSync(place).type);
  if (kind !== undefined)
    return {
      state: "warn",
      says: `${paths.home} lies on ${kind}`,
      fix: "Set OVERMIND_HOME to a directory on a local disk: locks and sockets need one.",
    };
  return {
    state: "ok",
    says: `${paths.home}${place === paths.home ? "" : " (made at the first use)"}, socket path ${Buffer.byteLength(paths.socket)} bytes`,
  };
}

/** Whether only the owner can look into the home. */
export function findPrivacy({ paths }: CommandLineContext): Finding {
  if (!existsSync(paths.home)) return { state: "ok", says: "the home is made for its owner alone" };
  const facts = lstatSync(paths.home);
  if (process.getuid !== undefined && facts.uid !== process.getuid())
    return { state: "warn", says: `${paths.home} belongs to another user`, fix: "Set OVERMIND_HOME to a directory of your own." };
  if ((facts.mode & 0o077) === 0) return { state: "ok", says: "the home is readable by its owner alone" };
  return { state: "warn", says: `${paths.home} is open to others`, fix: `chmod 700 ${paths.home}` };
}

/** Whether old output can be dropped from the front of a file (fallocate(2), FALLOC_FL_PUNCH_HOLE). */
export async function findHolePunching({ paths }: CommandLineContext): Promise<Finding> {
  const place = nearestDirectory(paths.home);
  const directory = mkdtempSync(join(place, ".doctor-"));
  try {
    const file = join(directory, "hole");
    writeFileSync(file, Buffer.alloc(8192, 1));
    const { code, isMissing } = await tryProgram("fallocate", ["-p", "-o", "0", "-l", "4096", file]);
    if (code === 0) return { state: "ok", says: "old output can be dropped to keep log_max_bytes" };
    if (isMissing) return { state: "warn", says: "not checked: fallocate (util-linux) not found" };
    return {
      state: "warn",
      says: "this file system cannot punch holes, so log_max_bytes is not kept",
      fix: "Set OVERMIND_HOME to a directory on ext4, xfs, btrfs or tmpfs.",
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const nearestDirectory = (path: string): string => (existsSync(path) ? path : nearestDirectory(dirname(path)));
