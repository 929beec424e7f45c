import * as v from "valibot";
import { answerOf, toldField } from "./already.ts";
import { requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission } from "./each-mission.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "unpause",
  summary: "Let missions go on that are paused, or wait for a limit",
  group: "Missions",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "one JSON object per mission" } },
    positionals: { usage: "ID…", summary: "ids or names", least: 1, most: Number.POSITIVE_INFINITY },
    examples: [["overmind unpause build", "let one mission go on"]],
    needs: "autostart",
    run: (context, { flags, positionals }) =>
      eachMission(context, positionals, {
        cmd: "unpause",
        done: "Unpaused",
        already: (reference) => `${reference} was not paused`,
        json: flags.json,
      }),
  }),
  wire: wire({
    params: v.object({ id: reference, told: toldField, by: requesterField }),
    async run(daemon, { id, told, by }) {
      const { status } = daemon.find(id);
      await daemon.unpause(id, { by });
      return answerOf(status === "running" ? status : null, told);
    },
  }),
};
