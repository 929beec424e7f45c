import { asOvermindError } from "../base/errors.ts";
import type { Evidence } from "./evidence.ts";

const shortages = /no space left|disk_full|too many open files|EMFILE|ENFILE|ENOSPC|SQLITE_FULL|unable to open database/i;

/**
 * Ids of the missions that could not be started, or of which an agent could not be, for want of disk or
 * descriptors, as an event tells. That is no lost end but an honest one, and nobody foretells it.
 */
export function starved({ events, missions }: Pick<Evidence, "events" | "missions">): ReadonlySet<string> {
  const hit = events
    .filter(({ type, data }) => type === "mission.agent_moved" || data["reason"] === "spawn_error")
    .filter(({ data: { note } }) => typeof note === "string" && shortages.test(note))
    .flatMap(({ mission }) => mission ?? []);
  return new Set([...hit, ...hit.flatMap((id) => missions.get(id)?.parent ?? [])]);
}

/** Whether Overmind failed by itself, and not for want of disk or descriptors, or of its daemon. */
export function isDefect(thrown: unknown): boolean {
  const { code, message } = asOvermindError(thrown);
  return code === "internal" && !shortages.test(message);
}
