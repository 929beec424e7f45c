import { spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import { Socket } from "node:net";

// Most commands end sooner; they are spared the process.
const soonMs = 250;
// Node cannot poll a pipe that it only writes to. On Linux such a one counts as readable (POLLERR) once nobody reads
// from it. Standard input ends with the command, so that the pipe is never held open longer than by it.
const watching = String.raw`my ($in, $out) = ("\1", "\2"); my $ready;
1 while select($ready = $in | $out, undef, undef, undef) < 1;
exit(vec($ready, 1, 1) ? 0 : 1);`;

/** Calls back once nobody reads the pipe that standard output is: at once, and not when something is written the next time. */
export function onceReaderIsGone(callback: () => void): void {
  if (process.platform !== "linux" || !isPipe()) return;
  setTimeout(watch, soonMs, callback).unref();
}

function watch(callback: () => void): void {
  const child = spawn("perl", ["-e", watching], { stdio: ["pipe", "inherit", "ignore"] });
  // Without perl it is noticed when something is written.
  child.once("error", () => {});
  child.once("exit", (code) => {
    if (code === 0) callback();
  });
  child.unref();
  child.stdin.on("error", () => {});
  if (child.stdin instanceof Socket) child.stdin.unref();
}

function isPipe(): boolean {
  try {
    return fstatSync(1).isFIFO();
  } catch {
    return false;
  }
}
