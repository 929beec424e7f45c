import { isFinal, type MissionView } from "../protocol/mission.ts";

/**
 * Those of the missions that a screen with room for `most` of them shows: what lives comes first, then what is newest.
 * Their order stays.
 *
 * @param missions oldest first
 */
export function fittingMissions(missions: readonly MissionView[], most: number): readonly MissionView[] {
  if (missions.length <= most) return missions;
  const ended = missions.filter(({ status }) => isFinal(status));
  const live = missions.filter(({ status }) => !isFinal(status));
  const shown = new Set([...ended, ...live].slice(-Math.max(1, most)));
  return missions.filter((mission) => shown.has(mission));
}
