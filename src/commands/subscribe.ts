import * as v from "valibot";
import { type Command, commandLine, noReply, wire } from "./command.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "subscribe",
  summary: "Show what an agent or a session says from now on, as JSON lines",
  group: "Output",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "the answer is JSON anyway" } },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "One object a line, the same for every kind of agent: text, thinking, tool_use, tool_result, usage, needs_input, result, plain, system; the agent's own object is under raw. The last line is of type exit.",
    examples: [["overmind subscribe helper | jq -r 'select(.type == \"text\").text'", "only what it says"]],
    needs: "autostart",
    async run(context, { positionals: [id] }) {
      const client = await context.connect();
      const args = { id };
      for await (const event of client.stream<object>("subscribe", args, { resume: () => args })) {
        await context.screen.line(JSON.stringify(event));
      }
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    async run(daemon, { id }, call) {
      for await (const event of daemon.talks.subscribe(id, call.signal)) await call.emit(event);
      return call.keepsConnection ? true : noReply;
    },
  }),
};
