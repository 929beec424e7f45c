import { execFile } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { AttemptPaths } from "../../../src/base/paths.ts";
import { Changes } from "../../../src/output/changes.ts";
import type { LogAttempt, LogMarker, LogPiece, LogSource, ReadOptions } from "../../../src/output/log-source.ts";
import { readLog } from "../../../src/output/read-log.ts";

const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A directory that is gone after the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "om-output-"));
  made.push(directory);
  return directory;
}

export function attemptPaths(root: string, number = 1): AttemptPaths {
  const directory = join(root, String(number));
  mkdirSync(directory, { recursive: true });
  const at = (name: string) => join(directory, name);
  return {
    directory,
    prefix: `${directory}/`,
    output: at("output"),
    times: at("times"),
    dropped: at("dropped"),
    record: at("record"),
    former: null,
    stdin: at("stdin"),
    recorded: at("recorded"),
  };
}

interface FakeAttempt extends LogAttempt {
  isEnded: boolean;
  before: LogMarker[];
  within: (LogMarker & { offset: number })[];
  after: LogMarker[];
}

/** A mission whose output the test writes. */
export class FakeMission implements LogSource {
  readonly changes = new Changes();
  readonly root = scratch();
  readonly all: FakeAttempt[] = [];
  isOver = false;

  attempts(): readonly LogAttempt[] {
    return this.all.map((attempt) => ({ ...attempt }));
  }

  isFinal(): boolean {
    return this.isOver;
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.changes.next(signal);
  }

  begin(markers: Partial<Pick<FakeAttempt, "before" | "within" | "after">> = {}): AttemptPaths {
    const number = this.all.length + 1;
    const paths = attemptPaths(this.root, number);
    this.all.push({ number, paths, isEnded: false, before: [], within: [], after: [], ...markers });
    this.changes.notify();
    return paths;
  }

  write(bytes: string | Buffer): void {
    appendFileSync(this.#newest().paths.output, bytes);
    this.changes.notify();
  }

  end(options: { final: boolean } = { final: true }): void {
    this.#newest().isEnded = true;
    this.isOver = options.final;
    this.changes.notify();
  }

  read(options: Partial<ReadOptions> = {}): AsyncGenerator<LogPiece> {
    const { signal } = new AbortController();
    return readLog(this, { follow: false, raw: false, linewise: false, signal, ...options });
  }

  #newest(): FakeAttempt {
    const newest = this.all.at(-1);
    if (newest === undefined) throw new Error("no attempt has begun");
    return newest;
  }
}

export async function collect(pieces: AsyncIterable<LogPiece>): Promise<LogPiece[]> {
  const all: LogPiece[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

/** As a terminal would show it. */
export async function textOf(pieces: AsyncIterable<LogPiece>): Promise<string> {
  return (await collect(pieces)).map(({ bytes, needsNewline }) => (needsNewline ? "\n" : "") + bytes.toString()).join("");
}

/** A real hole, by the tool of util-linux. */
export function punchHole(path: string, length: number): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("fallocate", ["-p", "-o", "0", "-l", String(length), path], (error) => resolve(error === null));
  });
}

/** Bytes on disk. */
export const diskBytes = (path: string): number => statSync(path).blocks * 512;
