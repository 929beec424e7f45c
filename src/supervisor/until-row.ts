import { deferred } from "../base/deferred.ts";
import type { MissionRow } from "../store/rows.ts";

/** What has a row that changes. */
export interface Changing {
  readonly row: MissionRow;
  onChange(listener: () => void): () => void;
}

/** Resolves once `isMet`; rejects with the signal's reason when that aborts first. */
export async function untilRow(mission: Changing, isMet: (row: MissionRow) => boolean, signal?: AbortSignal): Promise<void> {
  if (isMet(mission.row)) return;
  signal?.throwIfAborted();
  const { promise, resolve, reject } = deferred();
  const stop = mission.onChange(() => isMet(mission.row) && resolve());
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    await promise;
  } finally {
    stop();
    signal?.removeEventListener("abort", abort);
  }
}
