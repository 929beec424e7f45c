import type { AttemptPaths } from "../base/paths.ts";

/** Which part of a mission's output a reader wants, and in which form. */
export interface ReadOptions {
  /** Go on while the mission lives. */
  readonly follow: boolean;
  /** Only the last n lines (of what `since`, `until` and `attempt` leave). */
  readonly tail?: number | undefined;
  /** Epoch ms; only lines finished at or after it. */
  readonly since?: number | undefined;
  /** Epoch ms; only lines finished before it. */
  readonly until?: number | undefined;
  readonly attempt?: number | undefined;
  /** As the agent wrote it: no markers, pieces may cut lines. */
  readonly raw: boolean;
  /** One line per piece, each with its time. */
  readonly linewise: boolean;
  readonly signal: AbortSignal;
}

/** Some whole lines (with `raw`: some bytes) of one attempt's output, or a line that Overmind adds. */
export interface LogPiece {
  readonly attempt: number;
  /** Byte offset in the attempt's output. */
  readonly offset: number;
  /** A marker's text ends in a newline; an agent's last line, or one cut at 16 MiB, may lack it. */
  readonly bytes: Buffer;
  /** Epoch ms at which the last byte was seen; null when unknown, and for output without `linewise`. */
  readonly time: number | null;
  /** The time is only an upper bound: no daemon ran when the agent wrote this. */
  readonly isApproximate: boolean;
  /** `marker`: said by Overmind (restart, stall, dropped output), not by the agent. */
  readonly kind: "output" | "marker";
  /** What was given before lacks its newline, and this piece belongs on a line of its own: print one first. */
  readonly needsNewline?: true;
}

/** A line that Overmind adds to the readable log; `text` has no newline. */
export interface LogMarker {
  readonly text: string;
  /** Epoch ms; null: shown whatever `since` and `until` say. */
  readonly time: number | null;
}

export interface LogAttempt {
  readonly number: number;
  readonly paths: AttemptPaths;
  /** Nothing more will be written: an unfinished last line is given as it is. */
  readonly isEnded: boolean;
  readonly before: readonly LogMarker[];
  /** Markers at a byte offset, ascending; only ever appended to. Each is given at the first line start from there on. */
  readonly within: readonly (LogMarker & { readonly offset: number })[];
  /** Given once the attempt has ended. */
  readonly after: readonly LogMarker[];
}

/** A mission's output as a reader sees it; the supervisor implements it. */
export interface LogSource {
  /** The attempts known now, oldest first. */
  attempts(): readonly LogAttempt[];
  /** Neither output nor attempts will be added. */
  isFinal(): boolean;
  /**
   * Resolves at the first change after the call: output grew, a marker was added, an attempt began
   * or ended, the mission became final. Resolves as well when the signal aborts; never rejects.
   */
  changed(signal: AbortSignal): Promise<void>;
}
