import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HomePaths, homePaths } from "../base/paths.ts";
import { OvermindClient } from "../client/overmind-client.ts";

/** A process as /proc shows it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** A home of its own with a daemon that may be hurt. Whatever happens in it, it finds its own processes. */
export class Sandbox {
  /** What all of the sandbox lies in. */
  readonly root: string;
  readonly paths: HomePaths;
  /** Beside the home, so that a full disk of Overmind's does not keep the agents from their notes. */
  readonly ledger: string;
  /** Environment of the agents. */
  readonly environment: Readonly<Record<string, string>>;
  #client: Promise<OvermindClient> | null = null;
  #isEnding = false;

  constructor() {
    // Short: a socket's path holds 107 bytes.
    this.root = mkdtempSync(join(process.platform === "linux" ? "/tmp" : tmpdir(), "ovm-chaos-"));
    const home = join(this.root, "home");
    mkdirSync(home, { mode: 0o700 });
    this.paths = homePaths({ OVERMIND_HOME: home });
    this.ledger = join(this.root, "ledger");
    this.environment = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...marker() };
  }

  get home(): string {
    return this.paths.home;
  }

  /** The connection, which starts a daemon where none runs. */
  client(): Promise<OvermindClient> {
    if (this.#isEnding) return Promise.reject(new Error("the run is over"));
    this.#client ??= OvermindClient.open({ paths: this.paths, autostart: true }).catch((error) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }

  /** The daemon's pid, by asking it; null while none answers. */
  async daemonPid(): Promise<number | null> {
    const client = await OvermindClient.open({ paths: this.paths, autostart: false }).catch(() => null);
    const pid = client?.hello.pid ?? null;
    client?.close();
    return pid;
  }

  /** Every process that carries this home in its environment or command line. Zombies are gone already. */
  processes(): Process[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const seen = lookAt(Number(name), this.home);
        return seen === null ? [] : [seen];
      });
  }

  /** Ends everything of this home. */
  async end(): Promise<void> {
    this.#isEnding = true;
    (await this.#client?.catch(() => null))?.close();
    for (const { pid } of this.processes()) signal(pid, "SIGCONT");
    const client = await OvermindClient.open({ paths: this.paths, autostart: false }).catch(() => null);
    await client?.shutdown({ kill: true }).catch(() => undefined);
    client?.close();
    for (let look = 0; look < 100 && this.processes().length > 0; look += 1) {
      for (const { pid } of this.processes()) signal(pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Sends a signal; false: nobody was there. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Runs a program of the system that may be missing or refuse; false then. */
export function tries(file: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(file, args, { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** Copies a directory with all that is in it; false where it could not be copied whole. */
export function copied(from: string, to: string): boolean {
  // Node's own copy refuses sockets and FIFOs.
  const { status } = spawnSync("cp", ["-a", from, to], { stdio: "ignore" });
  return status === 0;
}

// The suite of tests finds what is left over by it.
function marker(): Record<string, string> {
  const word = process.env["OVERMIND_TEST_RUN"];
  return word === undefined ? {} : { OVERMIND_TEST_RUN: word };
}

function lookAt(pid: number, home: string): Process | null {
  if (pid === process.pid) return null;
  const command = read(pid, "cmdline").replaceAll("\0", " ").trim();
  const isOurs = read(pid, "environ").includes(`OVERMIND_HOME=${home}`) || command.includes(home) || holdsIn(pid, home);
  if (!isOurs) return null;
  const [state, parent] = read(pid, "stat").split(") ").at(-1)?.split(" ") ?? [];
  return state === "Z" || state === undefined ? null : { pid, parent: Number(parent), command };
}

/** A process that cleared its environment still stands in a directory of the home, if in any. */
function holdsIn(pid: number, home: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(home);
  } catch {
    return false;
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
