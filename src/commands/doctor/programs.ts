import { spawn } from "node:child_process";

export interface Outcome {
  /** Null: not found, or not ended in time. */
  readonly code: number | null;
  readonly output: string;
  readonly isMissing: boolean;
}

const longestMs = 5000;
// A version is a line; what says more than this says none.
const mostBytes = 1_000_000;

/** Runs a program for at most five seconds with nothing on its standard input; never throws, leaves nothing of its group. */
export function tryProgram(file: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const said: string[] = [];
    let bytes = 0;
    // In a group of its own: a program that starts another must not outlive its time by that.
    const child = spawn(file, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    // There are none where no descriptor was left for them; the error says so.
    const streams = [child.stdout, child.stderr].filter(Boolean);
    const end = (code: number | null, isMissing = false) => {
      clearTimeout(late);
      endGroup(child.pid);
      for (const stream of streams) stream.destroy();
      resolve({ code, output: said.join("").trim(), isMissing });
    };
    const late = setTimeout(() => end(null), longestMs);
    for (const stream of streams) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        bytes += text.length;
        if (bytes <= mostBytes) said.push(text);
      });
    }
    child.once("error", (error) => end(null, (error as NodeJS.ErrnoException).code === "ENOENT"));
    child.once("close", (code) => end(code));
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

/** The first line of a program's version, or that it tells none; null where it is not found. */
export async function versionOf(file: string, args: readonly string[] = ["--version"]): Promise<string | null> {
  const outcome = await tryProgram(file, args);
  if (outcome.isMissing) return null;
  return versionIn(outcome) ?? `found, but ${[file, ...args].join(" ")} failed`;
}

/** The first line that a program said of its version; null where it failed. */
export function versionIn({ code, output }: Outcome): string | null {
  const lines = output.split("\n").map((line) => line.trim());
  return code === 0 ? (lines.find((line) => line !== "") ?? "") : null;
}
