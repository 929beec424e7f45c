import * as v from "valibot";
import { answerOf, endedAlready, toldField } from "./already.ts";
import { requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission, endedBefore } from "./each-mission.ts";
import { flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "stop",
  summary: "Ask missions to end, then kill what is left",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      cascade: { kind: "boolean", summary: "their descendants first" },
      json: { kind: "boolean", summary: "one JSON object per mission" },
    },
    positionals: { usage: "ID…", summary: "ids or names", least: 1, most: Number.POSITIVE_INFINITY },
    description:
      "Sends the stop signal (SIGTERM) to everything that belongs to the mission, waits its grace time (10 s), sends SIGKILL. Returns when nothing of it is left. A mission that has ended is left as it is, and the answer says so.",
    examples: [["overmind stop build", "end one mission"]],
    needs: "autostart",
    run: (context, { flags, positionals }) =>
      eachMission(context, positionals, {
        cmd: "stop",
        args: { cascade: flags.cascade },
        done: "Stopped",
        already: endedBefore,
        json: flags.json,
        resend: true,
      }),
  }),
  wire: wire({
    params: v.object({ id: reference, cascade: flag, told: toldField, by: requesterField }),
    async run(daemon, { id, cascade, told, by }) {
      const already = endedAlready(daemon, id, cascade);
      await daemon.stop(id, { cascade, by });
      return answerOf(already, told);
    },
  }),
};
