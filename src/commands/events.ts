import * as v from "valibot";
import type { EventView } from "../protocol/messages.ts";
import { type Command, commandLine, noReply, wire } from "./command.ts";
import { eventLine } from "./event-line.ts";
import { count, flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "events",
  summary: "Show the event log",
  group: "Output",
  commandLine: commandLine({
    flags: {
      follow: { kind: "boolean", short: "f", summary: "go on with the coming ones" },
      since: { kind: "integer", placeholder: "SEQ", summary: "only events after this number" },
      mission: { kind: "string", placeholder: "ID", summary: "only this mission's" },
      type: { kind: "string", placeholder: "GLOB", summary: "only types that match, such as 'mission.*'" },
      json: { kind: "boolean", summary: "one JSON object a line" },
    },
    description: "Each event has a number that never repeats, so that --since goes on where another reader stopped.",
    examples: [["overmind events -f --type 'mission.*'", "what happens to missions from now on, and what happened"]],
    needs: "autostart",
    async run(context, { flags }) {
      const client = await context.connect();
      const args = { follow: flags.follow, since: flags.since, mission: flags.mission, type: flags.type };
      const stream = client.stream<EventView>("events", args, {
        resume: (last) => ({ ...args, since: last?.seq ?? args.since }),
      });
      if (flags.follow) context.screen.endWithReader();
      for await (const event of stream) await context.screen.line(flags.json ? JSON.stringify(event) : eventLine(event));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      follow: flag,
      since: v.optional(count),
      mission: v.optional(reference),
      type: v.optional(v.string("must be a pattern such as mission.*")),
    }),
    async run(daemon, given, call) {
      for await (const event of daemon.events({ ...given, signal: call.signal })) await call.emit(event);
      return call.keepsConnection ? true : noReply;
    },
  }),
};
