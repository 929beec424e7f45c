import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { OvermindError } from "../base/errors.ts";
import type { HomePaths } from "../base/paths.ts";

const patienceMs = 10_000;
const longestAnswerBytes = 16 * 1024 * 1024;
const programs = "/usr/local/bin:/usr/bin:/bin";

/** Where tmux lies, or null. */
export function findTmux(path: string | undefined = process.env["PATH"]): string | null {
  const places = (path || programs).split(delimiter).map((directory) => join(directory, "tmux"));
  return places.find((place) => place.startsWith("/") && isExecutable(place)) ?? null;
}

/** Why missions cannot have terminals on this machine, with what helps; null: they can. */
export function terminalProblem(): { readonly says: string; readonly fix: string } | null {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch))
    return { says: "there are no terminals for missions on this system", fix: "Run it without --tty." };
  if (findTmux() !== null) return null;
  return { says: "tmux is not in the daemon's PATH", fix: "Install tmux, for example: apt install tmux" };
}

/** The name of the terminal type that programs under tmux find described on this machine. */
export function terminalType(): string {
  const places = ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"];
  const isKnown = (name: string) => places.some((place) => existsSync(join(place, name.slice(0, 1), name)));
  return ["tmux-256color", "screen-256color"].find(isKnown) ?? "screen";
}

/** The tmux server of one home, which serves nothing but the home's missions. */
export class Tmux {
  readonly socket: string;
  readonly #home: string;

  constructor(paths: HomePaths) {
    this.socket = paths.terminals;
    this.#home = paths.home;
  }

  /**
   * Runs one tmux command, or several with ";" between them. The first starts the server, which keeps
   * the environment it gets here, and shows it to every mission's terminal: it holds nothing of a caller.
   *
   * @param input what the command reads as "-"
   * @returns what it printed
   * @throws OvermindError internal with what tmux said
   */
  run(words: readonly string[], input?: Buffer): Promise<string> {
    const file = findTmux();
    if (file === null) return Promise.reject(new OvermindError("internal", "tmux is not in the daemon's PATH"));
    const options = {
      // By this marker every sweep leaves the server and what it runs alone.
      env: {
        OVERMIND_DAEMON: this.#home,
        PATH: process.env["PATH"] || programs,
        LC_ALL: "C.UTF-8",
        SHELL: "/bin/sh",
        HOME: this.#home,
      },
      cwd: "/",
      timeout: patienceMs,
      killSignal: "SIGKILL",
      maxBuffer: longestAnswerBytes,
    } as const;
    return new Promise((resolve, reject) => {
      const child = execFile(file, ["-u", "-S", this.socket, "-f", "/dev/null", ...words], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new OvermindError("internal", `tmux: ${stderr.trim() || error.message}`, { cause: error }));
      });
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
