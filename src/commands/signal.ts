import * as v from "valibot";
import { signalName } from "../base/signals.ts";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { idOf } from "./id-of.ts";
import { UsageError } from "./usage-error.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "signal",
  summary: "Send a signal to a mission's process group",
  group: "Missions",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    positionals: { usage: "ID SIGNAL", summary: "id or name, then TERM, SIGUSR1 or 10", least: 2, most: 2 },
    description: "The mission is not told that it ends: if the signal ends it, its restart policy applies.",
    examples: [["overmind signal web HUP", "let a server read its configuration again"]],
    needs: "autostart",
    async run(context, { flags, positionals: [id, word = ""] }) {
      const signal = readSignal(word);
      const client = await context.connect();
      await client.request("signal", { id, signal, by: requester(context) });
      await context.screen.line(
        flags.json ? JSON.stringify({ id: await idOf(client, id), signal, ok: true }) : `Sent ${signal} to ${id}`,
      );
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      id: reference,
      signal: v.union([v.string(), v.number()], "must be a signal such as TERM, SIGINT or 15"),
      by: requesterField,
    }),
    run(daemon, { id, signal, by }) {
      daemon.signal(id, signalName(String(signal), "signal"), { by });
      return true;
    },
  }),
};

function readSignal(word: string): string {
  try {
    return signalName(word, "SIGNAL");
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
