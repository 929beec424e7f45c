import { accessSync, constants, existsSync, lstatSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isForeignDirectory } from "../../base/foreign-directory.ts";
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

const elsewhere = "Set OVERMIND_HOME to a directory of your own.";

/** Whether the home, or what it would be made in, can be used by a daemon and lies on this machine. */
export function findHome({ paths }: CommandLineContext): Finding {
  const place = nearestDirectory(paths.home);
  const hindrance = hindranceOf(paths.home, place);
  if (hindrance !== null) return { state: "fail", says: hindrance, fix: elsewhere };
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

/** What would keep a daemon from it; null: nothing. */
function hindranceOf(home: string, place: string): string | null {
  if (!statSync(place).isDirectory()) return `${place} is no directory`;
  if (place !== home && lstatSync(home, { throwIfNoEntry: false })?.isSymbolicLink())
    return `${home} is a link to what is not there`;
  const { mode, uid } = statSync(place);
  const me = process.getuid?.() ?? uid;
  if (place === home && uid !== me && me !== 0) return `${home} belongs to another user`;
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    if (place === home && isForeignDirectory(home, mode)) return `others write into ${home}, and it holds other things`;
    // Modes do not tell all: root may write anywhere but into a read-only file system, or one as /proc.
    rmSync(mkdtempSync(join(place, ".doctor-")), { recursive: true });
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `${place} cannot be written${code === undefined ? "" : ` (${code})`}`;
  }
}

/** Whether only the owner can look into the home. */
export function findPrivacy({ paths }: CommandLineContext): Finding {
  if (!existsSync(paths.home)) return { state: "ok", says: "the home is made for its owner alone" };
  const facts = statSync(paths.home);
  if (!facts.isDirectory()) return { state: "warn", says: "not checked: the home is no directory" };
  if (process.getuid !== undefined && facts.uid !== process.getuid())
    return { state: "warn", says: `${paths.home} belongs to another user`, fix: elsewhere };
  if ((facts.mode & 0o077) === 0) return { state: "ok", says: "the home is readable by its owner alone" };
  const isForeign = isForeignDirectory(paths.home, facts.mode);
  // What everybody uses must not be taken from them.
  const fix = isForeign ? elsewhere : `chmod 700 ${paths.home}`;
  // Who can write into it can have the daemon run what they like.
  if ((facts.mode & 0o022) !== 0) return { state: "fail", says: `${paths.home} can be written by others`, fix };
  return { state: "warn", says: `${paths.home} is open to others`, fix };
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
