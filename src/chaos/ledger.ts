import { readFileSync } from "node:fs";

/** What an agent noted of itself, apart from everything that Overmind says of it. */
export interface Note {
  readonly what: "start" | "end";
  readonly mission: string;
  readonly attempt: number;
  readonly pid: number;
  /** Seconds of the machine's monotonic clock. */
  readonly at: number;
}

/** The clock that agents write into their notes. */
export const monotonicSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

/** The agents' own notes, in the order in which they were written; a torn last line is left out. */
export function readLedger(path: string): readonly Note[] {
  return textOf(path)
    .split("\n")
    .flatMap((line) => {
      const [what, mission, attempt, pid, at] = line.split(" ");
      if ((what !== "start" && what !== "end") || mission === undefined || at === undefined) return [];
      return [{ what, mission, attempt: Number(attempt), pid: Number(pid), at: Number(at) }];
    });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Nobody wrote yet.
    return "";
  }
}
