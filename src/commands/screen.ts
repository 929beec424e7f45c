import * as v from "valibot";
import { type Command, commandLine, wire } from "./command.ts";
import { idOf } from "./id-of.ts";
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
    description:
      "As plain text, one line a row down to the last that shows something (--json: all of them); only of a mission started with run --tty.",
    examples: [["overmind screen editor", "look without attaching"]],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      const client = await context.connect();
      const screen = await client.request<Answer>("screen", { id }, { resend: true });
      await context.screen.write(
        flags.json ? `${JSON.stringify({ id: await idOf(client, id), ...screen })}\n` : withoutBlankEnd(screen.text),
      );
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference }),
    run: (daemon, { id }, { signal }) => daemon.terminals.screen(id, signal),
  }),
};

/** The rows below the last one that shows something are not worth a person's screen. */
const withoutBlankEnd = (text: string): string => {
  const shown = text.trimEnd();
  return shown === "" ? "" : `${shown}\n`;
};
