import * as v from "valibot";
import { meantEventType } from "../base/event-pattern.ts";
import { eventTypes } from "../base/event-types.ts";
import { matchesGlob } from "../base/glob.ts";
import type { EventView } from "../protocol/messages.ts";
import { type Command, commandLine, noReply, wire } from "./command.ts";
import { eventLine } from "./event-line.ts";
import { UsageError } from "./usage-error.ts";
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
      for (const pattern of flags.type?.split(",") ?? []) refuseUnknownType(pattern.trim());
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

/** A pattern that nothing ever matches would wait in silence for ever. */
function refuseUnknownType(pattern: string): void {
  if (eventTypes.some((type) => matchesGlob(pattern, type))) return;
  const families = [...new Set(eventTypes.map((type) => `${type.split(".")[0]}.*`))];
  const meant = meantEventType(pattern, families);
  throw new UsageError(
    `--type takes a pattern that some type of event matches, not '${pattern}'`,
    meant === undefined ? `There are: ${families.join(", ")}` : `Did you mean: --type '${meant}'`,
  );
}
