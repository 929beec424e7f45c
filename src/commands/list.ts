import * as v from "valibot";
import type { ListFilter } from "../supervisor/daemon-context.ts";
import { type Command, wire } from "./command.ts";
import { count, flag, labelFilter, labels, reference, statusList } from "./wire-fields.ts";

/** Finished missions that a plain `ps` shows; live ones are always shown. */
export const newestFinished = 100;

export const listParams = v.object({
  all: flag,
  children: v.optional(reference),
  status: v.optional(statusList),
  label: v.optional(labelFilter),
  labels: v.optional(labels),
  limit: v.optional(count),
});

/** A request's words as the daemon's filter: asking for the killed by name shows them. */
export function listFilter({ label, ...given }: v.InferOutput<typeof listParams>): ListFilter {
  const labels = { ...given.labels, ...label };
  return {
    all: given.all || given.status?.includes("killed") === true,
    children: given.children,
    statuses: given.status,
    labels: Object.keys(labels).length > 0 ? labels : undefined,
    limit: given.limit,
  };
}

export const command: Command = {
  name: "list",
  summary: "Missions as objects",
  wire: wire({
    /** `counted`: answers `{missions, more}`, where `more` finished ones were left out by the limit. */
    params: v.object({ ...listParams.entries, counted: flag }),
    run(daemon, given) {
      const list = daemon.list(listFilter(given));
      return given.counted ? list : list.missions;
    },
  }),
};
