import * as v from "valibot";
import { type Command, commandLine, wire } from "./command.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "result",
  summary: "How an agent's last turn ended, as JSON",
  group: "Agents",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "the answer is JSON anyway" } },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description: "The final text is under text, the agent's own object under raw. {} when no turn has ended.",
    examples: [["overmind result review | jq -r .text", "what the agent answered in the end"]],
    needs: "autostart",
    async run(context, { positionals: [id] }) {
      const client = await context.connect();
      await context.screen.line(JSON.stringify(await client.request("result", { id }, { resend: true }), null, 2));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    run: (daemon, { id }) => daemon.talks.result(id) ?? {},
  }),
};
