import * as v from "valibot";
import type { AttachWay } from "../supervisor/terminal-desk.ts";
import { attachLines } from "./attach/attach-lines.ts";
import { attachTerminal } from "./attach/attach-terminal.ts";
import { takeOver } from "./attach/take-over.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "attach",
  summary: "Join a running mission: its terminal, its lines, or its conversation",
  group: "Agents",
  commandLine: commandLine({
    flags: {},
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "On a mission started with run --tty: its terminal, which takes the size of this one; Ctrl-b d leaves it running. On a session of a command: its last lines and what follows; each line typed is sent to it, Ctrl-C or Ctrl-D leaves. On a session of claude, codex, gemini or opencode: its agent ends, its own program is opened here on the same conversation, and when you leave that the session goes on with what was said there; so it does when this terminal is closed.",
    examples: [
      ["overmind attach editor", "Ctrl-b d leaves"],
      ["overmind attach helper", "go on with an agent's conversation by hand"],
    ],
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
          return takeOver(context, way);
      }
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    run: (daemon, { id }, { signal }) => daemon.terminals.attach(id, signal),
  }),
};
