import { type HomePaths, missionPaths } from "../base/paths.ts";
import type { MissionSpec } from "../mission/spec.ts";
import { Changes } from "../output/changes.ts";
import type { LogAttempt, LogSource } from "../output/log-source.ts";
import { attemptMarkers } from "../output/markers.ts";
import { isFinal } from "../protocol/mission.ts";
import type { AttemptRow, MissionRow } from "../store/rows.ts";
import type { LiveMission } from "./live-mission.ts";
import { TalkMarkers } from "./talk/talk-markers.ts";

/** A source that somebody reads; `close` when they are done. */
export interface OpenLog extends LogSource {
  close(): void;
}

/** A finished mission's output. */
export function finishedLog(home: HomePaths, row: MissionRow, attempts: readonly AttemptRow[]): OpenLog {
  const shown = logAttempts(home, row, attempts, markersOf(home, row));
  return { attempts: () => shown, isFinal: () => true, changed: () => Promise.resolve(), close: () => undefined };
}

/**
 * A live mission's output, as long as somebody reads it.
 *
 * @param follows whether the reader waits for what comes: then growth is looked at more often
 * @param isBare whether the reader leaves out what Overmind adds
 */
export function liveLog(home: HomePaths, mission: LiveMission, follows: boolean, isBare = false): OpenLog {
  const markers = isBare ? null : markersOf(home, mission.row);
  const changes = new Changes();
  let releases: (() => void)[] = [];
  let watched: unknown = null;
  const watchOutput = () => {
    if (mission.output === watched) return;
    for (const release of releases) release();
    watched = mission.output;
    releases =
      mission.output === null
        ? []
        : [mission.output.onGrew(() => changes.notify()), ...(follows ? [mission.output.follow()] : [])];
  };
  watchOutput();
  const stopListening = mission.onChange(() => {
    watchOutput();
    changes.notify();
  });
  const attempts = () => logAttempts(home, mission.row, mission.attempts, markers);
  return {
    attempts: markers === null ? sameUntilChanged(mission, attempts) : attempts,
    isFinal: () => mission.isFinal,
    changed: (signal) => changes.next(signal),
    close() {
      stopListening();
      for (const release of releases) release();
    },
  };
}

/** Asked at each growth, though only what changes the row changes the answer. */
function sameUntilChanged(mission: LiveMission, read: () => LogAttempt[]): () => LogAttempt[] {
  let known: LogAttempt[] = [];
  let of: readonly unknown[] = [];
  return () => {
    const { row, attempts } = mission;
    if (of[0] === attempts && of[1] === row.status && of[2] === row.attempt) return known;
    of = [attempts, row.status, row.attempt];
    known = read();
    return known;
  };
}

/** Null for a command that nobody talks with. */
function markersOf(home: HomePaths, row: MissionRow): TalkMarkers | null {
  const { type, agent } = row.spec as MissionSpec;
  return type === "session" || agent != null ? new TalkMarkers(missionPaths(home, row.id).directory) : null;
}

function logAttempts(home: HomePaths, row: MissionRow, attempts: readonly AttemptRow[], talk: TalkMarkers | null): LogAttempt[] {
  const paths = missionPaths(home, row.id);
  let started = 0;
  let restartsBefore: number | null = null;
  // The next attempt is shown once it has begun: its marker tells when.
  return attempts.filter(hasBegun).map((attempt) => {
    // An attempt that a killed daemon never came to start is no restart.
    const markers = attemptMarkers({
      attempt: attempt.attempt,
      number: started + 1,
      restarts: attempt.restarts,
      restartsBefore,
      startedAt: attempt.started_at,
      reason: attempt.reason,
      endedAt: attempt.ended_at,
      activityTimeoutSeconds: silenceSeconds(row),
    });
    if (attempt.started_at !== null || attempt.reason === "spawn_error") {
      started += 1;
      restartsBefore = attempt.restarts;
    }
    const isEnded = isFinal(row.status) || attempt.attempt < row.attempt || attempt.reason !== null;
    return {
      number: attempt.attempt,
      paths: paths.attempt(attempt.attempt),
      isEnded,
      within: talk?.of(attempt.attempt) ?? [],
      ...markers,
    };
  });
}

function silenceSeconds(row: MissionRow): number | null {
  const { activityTimeoutMs } = (row.spec as MissionSpec).policy;
  return activityTimeoutMs === null ? null : activityTimeoutMs / 1000;
}

const hasBegun = ({ attempt, started_at, reason }: AttemptRow): boolean =>
  attempt === 1 || started_at !== null || reason !== null;
