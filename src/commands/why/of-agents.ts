import type { MissionEvent } from "../../events/domain-event.ts";
import type { EventView } from "../../protocol/messages.ts";
import { isProgramMissing } from "../../protocol/mission.ts";
import { recorded } from "./sentences.ts";

type Move = Extract<MissionEvent, { readonly type: "mission.agent_moved" }>;

const movesIn = (events: readonly EventView[]): readonly Move[] =>
  events.map(recorded).filter((fact) => fact.type === "mission.agent_moved");

/**
 * What its pipeline made of a mission, where that is a failure: a `verify`, `schema` or `ready` may fail
 * where the process itself did well. Empty otherwise.
 *
 * @param pipeline its name
 * @param events of the pipeline, oldest first
 */
export function failureIn(pipeline: string, events: readonly EventView[], mission: string): string {
  const moves = movesIn(events);
  const start = moves.findLastIndex((move) => move.to === "starting" && move.mission === mission);
  const step = moves[start]?.step;
  const after = moves.slice(start + 1).filter((move) => move.step === step);
  // What follows the next start is of another mission.
  const next = after.findIndex((move) => move.to === "starting");
  const end = (next < 0 ? after : after.slice(0, next)).find((move) => move.to === "failed");
  return step === undefined || end === undefined || end.note === undefined
    ? ""
    : ` The pipeline ${pipeline} counts it as failed: ${noteOf(end)}${codeOf(end)}.`;
}

/** The agent with which a pipeline failed: the first of those whose last word is a failure. Empty where none is. */
export function failedAgent(events: readonly EventView[]): string {
  const moves = movesIn(events);
  const last = new Map(moves.map((move) => [move.step, move]));
  const end = moves.find((move) => move.to === "failed" && last.get(move.step) === move);
  if (end === undefined) return "";
  const started = moves.findLast((move) => move.step === end.step && move.to === "starting")?.mission;
  const mission = started === undefined ? "" : ` (mission ${started})`;
  return ` Its agent ${end.step}${mission} failed${codeOf(end)}${end.note === undefined ? "" : `: ${noteOf(end)}`}.`;
}

/** A bare reason says little to people. */
const noteOf = ({ note, exit_code = null }: Move): string | undefined =>
  note !== "spawn_error"
    ? note
    : isProgramMissing({ reason: note, exit_code })
      ? "its program was not found"
      : "it could not be started";

const codeOf = ({ exit_code }: Move): string => (exit_code == null ? "" : ` (exit code ${exit_code})`);
