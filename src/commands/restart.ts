import * as v from "valibot";
import { requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission } from "./each-mission.ts";
import { flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "restart",
  summary: "End missions and start them again",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      fresh: { kind: "boolean", summary: "an agent begins a new conversation, with its prompt" },
      json: { kind: "boolean", summary: "one JSON object per mission" },
    },
    positionals: { usage: "ID…", summary: "ids or names", least: 1, most: Number.POSITIVE_INFINITY },
    description:
      "Ends what runs as stop does, then starts the next attempt. A mission that has ended starts again under its id. An agent goes on with its conversation.",
    examples: [
      ["overmind restart web", "the next attempt of one mission"],
      ["overmind restart --fresh helper", "an agent that remembers nothing"],
    ],
    needs: "autostart",
    run: (context, { flags, positionals }) =>
      eachMission(context, positionals, {
        cmd: "restart",
        args: { fresh: flags.fresh },
        done: "Restarted",
        json: flags.json,
      }),
  }),
  wire: wire({
    params: v.object({ id: reference, fresh: flag, by: requesterField }),
    async run(daemon, { id, fresh, by }) {
      await daemon.restart(id, { fresh, by });
      return true;
    },
  }),
};
