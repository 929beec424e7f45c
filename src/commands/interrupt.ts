import * as v from "valibot";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { idOf } from "./id-of.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "interrupt",
  summary: "End a session's present turn; the session goes on",
  group: "Agents",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description: "An agent is asked by its own protocol; a command gets SIGINT, and one that does not catch it ends.",
    examples: [["overmind interrupt helper", "let it stop what it is doing"]],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      const client = await context.connect();
      await client.request("interrupt", { id, by: requester(context) });
      await context.screen.line(flags.json ? JSON.stringify({ id: await idOf(client, id), ok: true }) : `Interrupted ${id}`);
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference, by: requesterField }),
    async run(daemon, { id, by }) {
      await daemon.talks.interrupt(id, by);
      return true;
    },
  }),
};
