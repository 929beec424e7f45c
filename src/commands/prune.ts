import * as v from "valibot";
import { finalStatuses } from "../protocol/mission.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { count, flag, statusList } from "./wire-fields.ts";

export const command: Command = {
  name: "prune",
  summary: "Forget all finished missions, or the older ones",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      "older-than": { kind: "duration", unit: "d", placeholder: "D", summary: "only those that ended longer ago (7d, 12h)" },
      status: { kind: "csv", placeholder: "S,…", summary: `only those of ${finalStatuses.join(", ")}` },
      json: { kind: "boolean", summary: "the ids as a JSON array" },
    },
    examples: [["overmind prune --older-than 7d --status stopped", "forget week-old successes"]],
    needs: "autostart",
    async run(context, { flags }) {
      const unknown = flags.status.find((word) => !(finalStatuses as readonly string[]).includes(word));
      if (unknown !== undefined) throw new UsageError(`--status takes ${finalStatuses.join(", ")}, not '${unknown}'`);
      const client = await context.connect();
      const status = flags.status.length > 0 ? flags.status : undefined;
      const { ids } = await client.request<{ ids: string[] }>("prune", {
        older_than_ms: flags["older-than"],
        status,
        counted: true,
      });
      await context.screen.line(flags.json ? JSON.stringify(ids) : `Removed ${ids.length} mission${ids.length === 1 ? "" : "s"}`);
      return 0;
    },
  }),
  wire: wire({
    /** `counted`: answers `{ids}` of what was removed. */
    params: v.object({ older_than_ms: v.optional(count), status: v.optional(statusList), counted: flag }),
    async run(daemon, given) {
      const ids = await daemon.prune({ olderThanMs: given.older_than_ms, statuses: given.status });
      return given.counted ? { ids } : true;
    },
  }),
};
