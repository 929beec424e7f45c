import * as v from "valibot";
import { type Command, commandLine, wire } from "./command.ts";
import { reference } from "./wire-fields.ts";

interface Answer {
  readonly columns: number;
  readonly rows: number;
  readonly cursor: { readonly column: number; readonly row: number };
  readonly text: string;
}

export const command: Command = {
  name: "screen",
  summary: "Print what a mission's terminal shows now",
  group: "Output",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON, with the size and the cursor" } },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description: "As plain text, one line a row; only of a mission started with run --tty.",
    examples: [["overmind screen editor", "look without attaching"]],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      const client = await context.connect();
      const screen = await client.request<Answer>("screen", { id }, { resend: true });
      await context.screen.write(flags.json ? `${JSON.stringify({ id, ...screen })}\n` : screen.text);
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    run: (daemon, { id }) => daemon.terminals.screen(id),
  }),
};
