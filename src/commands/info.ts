import * as v from "valibot";
import type { MissionView } from "../protocol/mission.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { fieldAt } from "./info-field.ts";
import { fieldText, valueAt } from "./info-path.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "info",
  aliases: ["inspect"],
  summary: "Everything known of a mission, as JSON",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      field: { kind: "string", short: "f", placeholder: "PATH", summary: "one field, such as .exit_code or .labels.team" },
      json: { kind: "boolean", summary: "the answer is JSON anyway" },
    },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "A field that is text is printed bare, any other as JSON; one that has no value is null, and one that missions do not have is an error.",
    examples: [
      ["overmind info -f .exit_code build", "one field"],
      ["overmind info -f '.attempts[0].signal' build", "how the first attempt ended"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      // Read before the answer, so that a wrong path is a usage error whatever the mission is.
      if (flags.field !== undefined) valueAt(null, flags.field);
      const client = await context.connect();
      const mission = await client.request<MissionView>("info", { id }, { resend: true });
      if (flags.field === undefined) await context.screen.line(JSON.stringify(mission, null, 2));
      else await context.screen.line(fieldText(fieldAt(mission, flags.field)));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    async run(daemon, { id }) {
      await daemon.inbox.isKnown(daemon.find(id).id);
      return daemon.find(id);
    },
  }),
};
