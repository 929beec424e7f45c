import * as v from "valibot";
import type { MissionView } from "../protocol/mission.ts";
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
    async run(context, { flags, positionals: [id] }) {
      const client = await context.connect();
      const result = await client.request<object>("result", { id }, { resend: true });
      await context.screen.line(JSON.stringify(result, null, 2));
      if (!flags.json && Object.keys(result).length === 0)
        context.screen.say(whyNone(await client.request<MissionView>("info", { id }, { resend: true })));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    run: (daemon, { id }) => daemon.talks.result(id) ?? {},
  }),
};

function whyNone({ name, provider, status, exit_code, reason }: MissionView): string {
  if (provider !== "raw") return `no turn of ${name} has ended yet; it is ${status}`;
  const end = reason === null ? `is ${status}` : `ended: ${reason}${exit_code === null ? "" : `, exit code ${exit_code}`}`;
  return `${name} is a command, which has no turns; it ${end}. What it printed: overmind logs ${name}`;
}
