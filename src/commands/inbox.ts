import * as v from "valibot";
import type { InboxChange, InboxItem } from "../protocol/inbox.ts";
import { type Command, commandLine, noReply, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { inboxHeader, inboxLine } from "./inbox-table.ts";
import { flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "inbox",
  summary: "What agents ask of you and wait for, over all missions",
  group: "Agents",
  commandLine: commandLine({
    flags: {
      follow: { kind: "boolean", short: "f", summary: "go on with what comes" },
      json: { kind: "boolean", summary: "one JSON object a line" },
    },
    positionals: { usage: "[ID]", summary: "only this mission's", least: 0, most: 1 },
    description:
      'An agent that asks for permission, or puts a question, waits until it is answered: overmind answer. Rules answer by themselves: tables [[approvals]] in config.toml with the globs tool and match (the command line, else the path, else the input as JSON), if you like mission, provider and label, answer = "allow", "deny" or "ask", and message. The first that matches wins. In a command line the characters ; & | ` $( ( > < and line ends only match themselves, so that npm test* does not allow npm test; rm -rf ~. Missions whose budget is spent stand here too.',
    examples: [
      ["overmind inbox", "who waits for me?"],
      ["overmind inbox --json | jq .input", "what is asked, whole"],
      ["overmind answer helper allow", "let it go on"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      if (flags.follow) return follow(context, id, flags.json);
      const client = await context.connect();
      const items = await client.request<InboxItem[]>("inbox", { id }, { resend: true });
      if (items.length === 0) context.screen.say("Nothing waits for an answer.");
      else if (flags.json) for (const item of items) await context.screen.line(JSON.stringify(item));
      else {
        const { columns } = context.screen;
        const lines = items.map((item) => inboxLine(item, items, { columns, now: Date.now() }));
        await context.screen.line([inboxHeader(), ...lines].join("\n"));
      }
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: v.optional(reference), follow: flag }),
    async run(daemon, { id, follow }, call) {
      if (!follow) return daemon.inbox.list(id);
      for await (const change of daemon.inbox.follow(call.signal, id)) await call.emit(change);
      return call.keepsConnection ? true : noReply;
    },
  }),
};

async function follow(context: CommandLineContext, id: string | undefined, isJson: boolean): Promise<number> {
  const client = await context.connect();
  const args = { id, follow: true };
  const shown = new Map<string, InboxItem>();
  let isFirst = true;
  context.screen.endWithReader();
  for await (const change of client.stream<InboxChange>("inbox", args, { resume: () => args })) {
    const key = JSON.stringify([change.id, change.request_id]);
    // A new daemon tells all that waits once more.
    const isKnown = change.event === "asked" && shown.get(key)?.asked_at === change.asked_at;
    if (change.event === "asked") shown.set(key, change);
    else shown.delete(key);
    if (isKnown) continue;
    if (isJson) await context.screen.line(JSON.stringify(change));
    else if (change.event === "asked") {
      if (isFirst) await context.screen.line(inboxHeader());
      isFirst = false;
      const { columns } = context.screen;
      await context.screen.line(inboxLine(change, [...shown.values()], { columns, now: Date.now() }));
    } else
      context.screen.say(
        `${change.name} does not wait for that any more${change.request_id === null ? "" : ` (${change.request_id})`}`,
      );
  }
  return 0;
}
