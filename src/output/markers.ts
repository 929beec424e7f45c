import { isoTime } from "../base/clock.ts";
import type { Reason } from "../protocol/mission.ts";
import type { LogMarker } from "./log-source.ts";

export interface AttemptStory {
  /** As its files and `info` call it. */
  readonly attempt: number;
  /** Which one it is of those that really began. */
  readonly number: number;
  /** How often the mission had been restarted when it began, and when the one before it did; null: not known. */
  readonly restarts: number | null;
  readonly restartsBefore: number | null;
  /** Epoch ms. */
  readonly startedAt: number | null;
  /** Epoch ms. */
  readonly endedAt: number | null;
  /** Why it ended; null while it runs. */
  readonly reason: Reason | null;
  /** The stall limit in force. */
  readonly activityTimeoutSeconds?: number | null | undefined;
}

/** What the readable log says around one attempt's output. */
export function attemptMarkers(story: AttemptStory): { before: LogMarker[]; after: LogMarker[] } {
  return { before: beginMarker(story), after: stallMarker(story) };
}

/** A message that a person sent, as the readable log shows it; line breaks would forge other lines. */
export function humanMarker(message: string, time: number): LogMarker {
  return { text: `[human] ${message.replaceAll(/\r?\n|\r/g, " ")}`, time };
}

/** A silent turn was ended, and the agent lives on. */
export function interruptMarker(silentMs: number, time: number): LogMarker {
  return { text: `--- interrupted: no activity for ${silentMs / 1000}s ---`, time };
}

/** What stands where old output was dropped. */
export const droppedText = (bytes: number): string => `--- dropped ${bytes} bytes of older output ---`;

/** What a limit, a budget, a pause or a person at the agent's own screen came between is no restart. */
function beginMarker({ attempt, number, restarts, restartsBefore, startedAt }: AttemptStory): LogMarker[] {
  if (number <= 1) return [];
  const when = startedAt === null ? "" : ` at ${toTheSecond(startedAt)}`;
  const isResumed = restarts !== null && restartsBefore !== null && restarts <= restartsBefore;
  const what = isResumed ? `resumed${when} (attempt ${attempt})` : `restart #${restarts ?? number - 1}${when}`;
  return [{ text: `--- ${what} ---`, time: startedAt }];
}

/** As SPEC 7 writes it; who needs it finer has the piece's own time. */
const toTheSecond = (ms: number): string => isoTime(ms).replace(/\.\d+Z$/, "Z");

function stallMarker({ reason, endedAt, activityTimeoutSeconds }: AttemptStory): LogMarker[] {
  if (reason !== "stalled") return [];
  const limit = activityTimeoutSeconds == null ? "" : ` for ${activityTimeoutSeconds}s`;
  return [{ text: `--- killed: no activity${limit} ---`, time: endedAt }];
}
