import { statSync } from "node:fs";
import type { LogMarker } from "../../output/log-source.ts";
import { humanMarker, interruptMarker } from "../../output/markers.ts";
import { TalkFile, type TalkRecord } from "./talk-file.ts";

type PlacedMarker = LogMarker & { readonly offset: number };

/** What the readable log shows of a talk: what people sent, and turns that their silence ended. */
export class TalkMarkers {
  readonly #file: TalkFile;
  #size = 0;
  #markers = new Map<number, PlacedMarker[]>();

  /** @param directory the mission's */
  constructor(directory: string) {
    this.#file = new TalkFile(directory);
  }

  /** Those within one attempt's output, in order. */
  of(attempt: number): readonly PlacedMarker[] {
    const size = statSync(this.#file.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size !== this.#size) this.#markers = markersOf(this.#file.records());
    this.#size = size;
    return this.#markers.get(attempt) ?? [];
  }
}

function markersOf(records: readonly TalkRecord[]): Map<number, PlacedMarker[]> {
  const markers = new Map<number, PlacedMarker[]>();
  const isAgent = records.some(({ did }) => did === "begin");
  const given = new Set(records.flatMap((record) => (record.did === "queue" ? [record.id] : [])));
  for (const record of records) {
    if (record.did !== "send" && record.did !== "interrupt") continue;
    // The prompt is no message: `ps` and `info` show it.
    if (record.did === "send" && isAgent && !given.has(record.id)) continue;
    const marker =
      record.did === "send" ? humanMarker(record.text, record.time ?? 0) : interruptMarker(record.silentMs, record.time);
    markers.set(record.attempt, [...(markers.get(record.attempt) ?? []), { ...marker, offset: record.at }]);
  }
  return markers;
}
