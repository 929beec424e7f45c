import { type HomePaths, missionPaths } from "../../base/paths.ts";
import { accountOf, type MissionSpec } from "../../mission/spec.ts";
import { addUsage, noUsage } from "../../providers/usage.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { TurnRow } from "../../store/turn-table.ts";
import { readBudget } from "../spending/budget-file.ts";
import { TalkFile, type TalkRecord } from "./talk-file.ts";

type TurnRecord = TalkRecord & { readonly did: "turn" };

/** What lies beside an agent's output of its turns, its conversation and its budget. */
export function talkOnDisk(home: HomePaths, spec: MissionSpec): { row: Partial<MissionRow>; turns: TurnRow[] } {
  const paths = missionPaths(home, spec.id);
  const budget = readBudget(paths.budget);
  const changed = budget === null ? {} : { budget: { ...budget, is_warned: false } };
  if (spec.agent == null) return { row: changed, turns: [] };
  const records = new TalkFile(paths.directory).records();
  const turns = records.flatMap((record) => (record.did === "turn" ? turnRow(spec, record) : []));
  const usage = turns.length === 0 ? {} : { usage: { ...turns.reduce((sum, turn) => addUsage(sum, turn), noUsage) } };
  return { row: { ...changed, ...usage, session_id: conversationIn(records) }, turns };
}

/** One of a former Overmind does not say what it used. */
function turnRow(spec: MissionSpec, { attempt, result, spent, model, time }: TurnRecord): TurnRow[] {
  if (spent === undefined || time === undefined) return [];
  const { id: mission, name, parent, provider } = spec;
  const account = accountOf(spec) ?? provider;
  return [{ mission, attempt, turn: result.turn, time, name, parent, account, provider, model: model ?? spec.model, ...spent }];
}

/** The conversation that the next attempt goes on with; null: none is known, or a new one was to begin. */
function conversationIn(records: readonly TalkRecord[]): string | null {
  const last = records.findLast((record) => record.did === "turn" || record.did === "fresh");
  return last?.did === "turn" ? last.result.session_id : null;
}
