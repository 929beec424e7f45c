import * as v from "valibot";
import { requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission } from "./each-mission.ts";
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
      "Sends the stop signal (SIGTERM) to everything that belongs to the mission, waits its grace time (10 s), sends SIGKILL. Returns when nothing of it is left. A mission that has ended is left as it is.",
    examples: [["overmind stop build", "end one mission"]],
    needs: "autostart",
    run: (context, { flags, positionals }) =>
      eachMission(context, positionals, {
        cmd: "stop",
        args: { cascade: flags.cascade },
        done: "Stopped",
        json: flags.json,
        resend: true,
      }),
  }),
  wire: wire({
    params: v.object({ id: reference, cascade: flag, by: requesterField }),
    async run(daemon, { id, cascade, by }) {
      await daemon.stop(id, { cascade, by });
      return true;
    },
  }),
};
