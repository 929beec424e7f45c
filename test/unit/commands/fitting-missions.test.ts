import { expect, it } from "vitest";
import { fittingMissions } from "../../../src/commands/fitting-missions.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";

const missions = (...ids: string[]): MissionView[] =>
  ids.map((id) => ({ id, status: id.startsWith("live") ? "running" : "stopped" }) as MissionView);

// biome-ignore format: a table
it.each<[what: string, given: readonly string[], most: number, shown: readonly string[]]>([
  ["all where there is room", ["a", "live", "b"], 3, ["a", "live", "b"]],
  ["what lives before what has ended since", ["live1", "a", "live2", "b", "c"], 3, ["live1", "live2", "c"]],
  ["the newest of those that ended", ["a", "b", "c"], 2, ["b", "c"]],
  ["the newest of those that live where not even they fit", ["live1", "a", "live2", "live3"], 2, ["live2", "live3"]],
  ["one at least", ["live1", "a"], -3, ["live1"]],
])("shows %s", (_, given, most, shown) =>
  expect(fittingMissions(missions(...given), most).map(({ id }) => id)).toEqual(shown));
