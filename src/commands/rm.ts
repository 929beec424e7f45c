import * as v from "valibot";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission } from "./each-mission.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "rm",
  summary: "Forget finished missions and their files",
  group: "Missions",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "one JSON object per mission" } },
    positionals: { usage: "ID…", summary: "ids or names", least: 1, most: Number.POSITIVE_INFINITY },
    description: "A mission that still lives is refused: stop or kill it first.",
    examples: [["overmind rm build", "forget one mission"]],
    needs: "autostart",
    run: (context, { flags, positionals }) => eachMission(context, positionals, { cmd: "rm", done: "Removed", json: flags.json }),
  }),
  wire: wire({
    params: v.object({ id: reference }),
    run(daemon, { id }) {
      daemon.remove(id);
      return true;
    },
  }),
};
