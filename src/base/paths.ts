import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { OvermindError } from "./errors.ts";

export interface HomePaths {
  readonly home: string;
  readonly socket: string;
  readonly database: string;
  readonly lock: string;
  /** FIFO through which shims tell the daemon what happened. */
  readonly facts: string;
  /** Socket of the tmux server that holds the terminals of missions. */
  readonly terminals: string;
  readonly log: string;
  readonly config: string;
  /** A copy of the `config.toml` that was accepted last. */
  readonly lastConfig: string;
  readonly missions: string;
  /** What has to outlive a lost database: which missions ended for good, the pools, and the limits of accounts. */
  readonly ends: string;
  readonly pools: string;
  readonly accounts: string;
  /** Room on the disk for what removes. */
  readonly reserve: string;
}

// sun_path holds 108 bytes on Linux and 104 on macOS, both with a final NUL (unix(7), <sys/un.h>).
const longestSocketPath = process.platform === "darwin" ? 103 : 107;

/**
 * Where everything of one home lies.
 *
 * @param environment read for `OVERMIND_HOME`; the default is `~/.overmind`
 * @throws OvermindError home_unusable when the socket path would be cut by the operating system:
 *   Node cuts it silently, and two homes could meet.
 */
export function homePaths(environment: NodeJS.ProcessEnv = process.env): HomePaths {
  const home = resolve(environment["OVERMIND_HOME"] || join(homedir(), ".overmind"));
  const socket = join(home, "overmind.sock");
  const bytes = Buffer.byteLength(socket);
  if (bytes > longestSocketPath) {
    throw new OvermindError(
      "home_unusable",
      `OVERMIND_HOME is too long: its socket path has ${bytes} bytes, the system allows ${longestSocketPath}`,
      {
        details: { field: "OVERMIND_HOME", bytes, limit: longestSocketPath },
        hint: "Choose a shorter directory for OVERMIND_HOME.",
      },
    );
  }
  return {
    home,
    socket,
    database: join(home, "overmind.db"),
    lock: join(home, "overmind.lock"),
    facts: join(home, "facts.fifo"),
    terminals: join(home, "tmux.sock"),
    log: join(home, "daemon.log"),
    config: join(home, "config.toml"),
    lastConfig: join(home, "config.last-good.toml"),
    missions: join(home, "missions"),
    ends: join(home, "ends"),
    reserve: join(home, "reserve"),
    pools: join(home, "pools.json"),
    accounts: join(home, "accounts.json"),
  };
}

export interface MissionPaths {
  readonly directory: string;
  /** The mission's environment, NUL-separated, owner only. */
  readonly environment: string;
  /** What it may spend, where that was changed after it began. */
  readonly budget: string;
  attempt(number: number): AttemptPaths;
}

export interface AttemptPaths {
  /** The directory that its files lie in. */
  readonly directory: string;
  /** What the path of each of its files begins with. */
  readonly prefix: string;
  /** What the agent wrote, as it wrote it. */
  readonly output: string;
  /** When the output grew: 32-byte records `<end offset> <epoch ms>`, `~` before a time that is only an upper bound. */
  readonly times: string;
  /** How many bytes were dropped from the old end, a decimal number. */
  readonly dropped: string;
  /** Made with O_EXCL by whoever owns the attempt; tells how it ended and whose it is. */
  readonly record: string;
  /** What Overmind wrote in the place of `record` when each attempt had a directory; null for a mission made since. */
  readonly former: { readonly claim: string; readonly exit: string } | null;
  /** FIFO that is the agent's stdin. */
  readonly stdin: string;
  /** Made once everything that the agent's terminal got is in the output. */
  readonly recorded: string;
}

/**
 * Where one mission's files lie: those of an attempt beside each other, under names that begin with its number. A
 * mission whose first attempt has a directory of its own was made before that; it keeps one for each.
 */
export function missionPaths(home: HomePaths, id: string): MissionPaths {
  const directory = join(home.missions, id);
  let hasDirectories: boolean | null = null;
  return {
    directory,
    environment: join(directory, "env"),
    budget: join(directory, "budget"),
    attempt(number) {
      hasDirectories ??= existsSync(join(directory, "1"));
      return hasDirectories ? attemptIn(join(directory, String(number))) : attemptBeside(directory, number);
    },
  };
}

function attemptBeside(directory: string, number: number): AttemptPaths {
  return { directory, ...attemptFiles(`${directory}/${number}.`), former: null };
}

function attemptIn(directory: string): AttemptPaths {
  const former = { claim: `${directory}/claim`, exit: `${directory}/exit` };
  return { directory, ...attemptFiles(`${directory}/`), former };
}

function attemptFiles(prefix: string) {
  return {
    prefix,
    output: `${prefix}output`,
    times: `${prefix}times`,
    dropped: `${prefix}dropped`,
    record: `${prefix}record`,
    stdin: `${prefix}stdin`,
    recorded: `${prefix}recorded`,
  };
}
