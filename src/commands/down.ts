import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { answerOf, endedAlready, toldField } from "./already.ts";
import { requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission, endedBefore } from "./each-mission.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "down",
  summary: "Stop pipelines with all their agents",
  group: "Blueprints",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "one JSON object per pipeline" } },
    positionals: { usage: "NAME…", summary: "names or ids of pipelines", least: 1, most: Number.POSITIVE_INFINITY },
    description: "As stop does, for pipelines alone. Its running agents are stopped, then those that are to run finally run.",
    examples: [["overmind down stack", "end a pipeline and its services"]],
    needs: "autostart",
    run: (context, { flags, positionals }) =>
      eachMission(context, positionals, { cmd: "down", done: "Stopped", already: endedBefore, json: flags.json, resend: true }),
  }),
  wire: wire({
    params: v.object({ id: reference, told: toldField, by: requesterField }),
    async run(daemon, { id, told, by }) {
      const { type, name } = daemon.find(id);
      if (type !== "blueprint")
        throw new OvermindError("invalid_argument", `${name} is no pipeline`, { hint: `To end it: overmind stop ${name}` });
      const already = endedAlready(daemon, id, false);
      await daemon.stop(id, { cascade: false, by });
      return answerOf(already, told);
    },
  }),
};
