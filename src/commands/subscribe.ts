import * as v from "valibot";
import { type Command, commandLine, noReply, wire } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { flag, reference } from "./wire-fields.ts";

interface Placed {
  /** Missing in the last one, of type exit. */
  readonly at?: string;
}

export const command: Command = {
  name: "subscribe",
  summary: "Show what an agent or a session says, as JSON lines",
  group: "Agents",
  commandLine: commandLine({
    flags: {
      since: { kind: "string", placeholder: "AT", summary: "what it said behind the event with this 'at', too" },
      "from-start": { kind: "boolean", summary: "all that it said" },
      json: { kind: "boolean", summary: "the answer is JSON anyway" },
    },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "From now on, unless told otherwise. One object a line, the same for every kind of agent: text, thinking, tool_use, tool_result, usage, needs_input, result, plain, system; the agent's own object is under raw, and under at stands the event's place: attempt, offset in the output, and number among the events of its line. It outlives the daemon: each event comes once. The last line is of type exit.",
    examples: [
      ["overmind subscribe helper | jq -r 'select(.type == \"text\").text'", "only what it says"],
      ["overmind subscribe --since 1.2048.1 helper", "go on behind an event"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      if (flags["from-start"] && flags.since !== undefined) throw new UsageError("--since and --from-start exclude each other");
      const client = await context.connect();
      const from = flags["from-start"] ? "0" : flags.since;
      const since = from ?? (await client.request<string | null>("subscribe", { id, where: true }, { resend: true }));
      const args = { id, ...(since === null ? {} : { since }) };
      const resume = (last: Placed | undefined) => (last?.at === undefined ? args : { id, since: last.at });
      context.screen.endWithReader();
      for await (const event of client.stream<Placed>("subscribe", args, { resume })) {
        await context.screen.line(JSON.stringify(event));
      }
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      id: reference,
      since: v.optional(v.string("must be the 'at' of an event")),
      /** Answers the present position instead of a stream; null: the mission has ended. */
      where: flag,
    }),
    async run(daemon, { id, since, where }, call) {
      if (where) return daemon.talks.position(id);
      for await (const event of daemon.talks.subscribe(id, call.signal, since)) await call.emit(event);
      return call.keepsConnection ? true : noReply;
    },
  }),
};
