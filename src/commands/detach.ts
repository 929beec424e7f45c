import * as v from "valibot";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { idOf } from "./id-of.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "detach",
  summary: "End from outside what attach began: on a terminal, or a take-over",
  group: "Agents",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "Everybody who is on the mission's terminal (run --tty) is let go. A conversation that was taken over is given back: the program that held it is ended. The mission goes on. Who types lines to a session of a command stays, and leaves with Ctrl-C or Ctrl-D.",
    examples: [["overmind detach editor", "from another terminal"]],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      const client = await context.connect();
      await client.request("detach", { id, by: requester(context) });
      await context.screen.line(flags.json ? JSON.stringify({ id: await idOf(client, id), ok: true }) : `Detached ${id}`);
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference, by: requesterField }),
    async run(daemon, { id, by }) {
      if (daemon.takeOvers.isTaken(id)) await daemon.takeOvers.giveBack(id, by);
      else await daemon.terminals.detach(id);
      return true;
    },
  }),
};
