import * as v from "valibot";
import type { AttachWay } from "../supervisor/terminal-desk.ts";
import { attachLines } from "./attach/attach-lines.ts";
import { attachTerminal } from "./attach/attach-terminal.ts";
import { takeOver } from "./attach/take-over.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "attach",
  summary: "Join a running mission: its terminal, or its lines",
  group: "Missions",
  commandLine: commandLine({
    flags: {},
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "On a mission started with run --tty: its terminal, which takes the size of this one; Ctrl-b d leaves it running. On a session of a command: its last lines and what follows; each line typed is sent to it, Ctrl-C or Ctrl-D leaves.",
    examples: [["overmind attach editor", "Ctrl-b d leaves"]],
    needs: "autostart",
    async run(context, { positionals: [id = ""] }) {
      const client = await context.connect();
      const way = await client.request<AttachWay>("attach", { id }, { resend: true });
      switch (way.kind) {
        case "terminal":
          return attachTerminal(context, way);
        case "lines":
          return attachLines(context, way);
        case "conversation":
          return takeOver(way);
      }
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    run: (daemon, { id }, { signal }) => daemon.terminals.attach(id, signal),
  }),
};
