import { isoTime } from "../base/clock.ts";
import type { Reason } from "../protocol/mission.ts";
import type { LogMarker } from "./log-source.ts";

export interface AttemptStory {
  readonly number: number;
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
  return { before: restartMarker(story), after: stallMarker(story) };
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

function restartMarker({ number, startedAt }: AttemptStory): LogMarker[] {
  if (number <= 1) return [];
  const when = startedAt === null ? "" : ` at ${isoTime(startedAt)}`;
  return [{ text: `--- restart #${number - 1}${when} ---`, time: startedAt }];
}

function stallMarker({ reason, endedAt, activityTimeoutSeconds }: AttemptStory): LogMarker[] {
  if (reason !== "stalled") return [];
  const limit = activityTimeoutSeconds == null ? "" : ` for ${activityTimeoutSeconds}s`;
  return [{ text: `--- killed: no activity${limit} ---`, time: endedAt }];
}
