import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { answerOf, endedAlready, toldField } from "./already.ts";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission, endedBefore } from "./each-mission.ts";
import { UsageError } from "./usage-error.ts";
import { flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "kill",
  summary: "End missions at once with SIGKILL",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      all: { kind: "boolean", summary: "every live mission" },
      cascade: { kind: "boolean", summary: "their descendants first" },
      json: { kind: "boolean", summary: "one JSON object per mission" },
    },
    positionals: { usage: "ID… | --all", summary: "ids or names", least: 0, most: Number.POSITIVE_INFINITY },
    description: "Killed missions are hidden from a plain ps and kept in ps -a.",
    examples: [["overmind kill --all", "end everything"]],
    needs: "autostart",
    async run(context, { flags, positionals }) {
      if (flags.all === positionals.length > 0)
        throw new UsageError("kill takes ids or --all, one of the two", "Try: overmind kill --help");
      if (!flags.all)
        return eachMission(context, positionals, {
          cmd: "kill",
          args: { cascade: flags.cascade },
          done: "Killed",
          already: endedBefore,
          json: flags.json,
          resend: true,
        });
      const client = await context.connect();
      const { killed } = await client.request<{ killed: number }>("kill", { all: true, counted: true, by: requester(context) });
      await context.screen.line(flags.json ? JSON.stringify({ killed }) : `Killed ${killed} mission${killed === 1 ? "" : "s"}`);
      return 0;
    },
  }),
  wire: wire({
    /** `counted` with `all`: answers `{killed}`. */
    params: v.object({ id: v.optional(reference), cascade: flag, all: flag, counted: flag, told: toldField, by: requesterField }),
    async run(daemon, { id, cascade, all, counted, told, by }) {
      const already = id === undefined ? null : endedAlready(daemon, id, cascade);
      if (id !== undefined) await daemon.kill(id, { cascade, by });
      else if (!all)
        throw new OvermindError("invalid_argument", "id: must be a mission's id or name, unless all is true", {
          details: { field: "id" },
        });
      const killed = all && id === undefined ? await daemon.killAll({ by }) : 1;
      return counted ? { killed } : answerOf(already, told);
    },
  }),
};
