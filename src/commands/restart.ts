import * as v from "valibot";
import { requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission } from "./each-mission.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "restart",
  summary: "End missions and start them again",
  group: "Missions",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "one JSON object per mission" } },
    positionals: { usage: "ID…", summary: "ids or names", least: 1, most: Number.POSITIVE_INFINITY },
    description: "Ends what runs as stop does, then starts the next attempt. A mission that has ended starts again under its id.",
    examples: [["overmind restart web", "the next attempt of one mission"]],
    needs: "autostart",
    run: (context, { flags, positionals }) =>
      eachMission(context, positionals, { cmd: "restart", done: "Restarted", json: flags.json }),
  }),
  wire: wire({
    params: v.object({ id: reference, by: requesterField }),
    async run(daemon, { id, by }) {
      await daemon.restart(id, { by });
      return true;
    },
  }),
};
