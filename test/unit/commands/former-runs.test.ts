import { expect, it } from "vitest";
import { formerRuns } from "../../../src/commands/former-runs.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";

const mission = (id: string, name: string, more: Partial<MissionView> = {}): MissionView =>
  ({ id, name, type: "task", status: "stopped", parent: null, ...more }) as MissionView;
const pipeline = (id: string, more: Partial<MissionView> = {}) => mission(id, "pipe", { type: "blueprint", ...more });

// biome-ignore format: a table
it.each<[what: string, missions: readonly MissionView[], former: readonly string[]]>([
  ["nothing where nothing was repeated", [pipeline("p"), mission("a", "a", { parent: "p" }), mission("b", "b", { parent: "p" })], []],
  ["an agent that was retried in its pipeline", [pipeline("p"), mission("a1", "a", { parent: "p" }), mission("b", "b", { parent: "p" }), mission("a2", "a", { parent: "p" })], ["a1"]],
  ["one that bore its pipeline's name at one time", [pipeline("p"), mission("a1", "pipe.a", { parent: "p" }), mission("a2", "a", { parent: "p" })], ["a1"]],
  ["an earlier pipeline with what it started", [pipeline("p1"), mission("a1", "a", { parent: "p1" }), mission("x", "x", { parent: "a1" }), pipeline("p2"), mission("a2", "a", { parent: "p2" })], ["p1", "a1", "x"]],
  ["nothing that lives", [pipeline("p1"), mission("a1", "a", { parent: "p1", status: "running" }), pipeline("p2", { status: "running" })], ["p1"]],
  ["no other missions of one name", [mission("a1", "a"), mission("a2", "a"), mission("c1", "c", { parent: "a2" }), mission("c2", "c", { parent: "a2" })], []],
])("are %s", (_, missions, former) => expect([...formerRuns(missions)]).toEqual(former));
