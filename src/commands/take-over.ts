import * as v from "valibot";
import { requesterField } from "./caller/requester.ts";
import { type Command, noReply, wire } from "./command.ts";
import { count, flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "take_over",
  summary: "Hold a session's conversation for as long as the connection lasts",
  wire: wire({
    params: v.object({
      id: reference,
      by: requesterField,
      /** Of the program that was opened: it is ended before the mission goes on. */
      child: v.optional(count),
      /** It was left: the mission goes on. */
      back: flag,
    }),
    async run(daemon, { id, by, child, back }, call) {
      if (child !== undefined) {
        daemon.takeOvers.opened(id, child);
        return true;
      }
      if (back) {
        await daemon.takeOvers.giveBack(id, by);
        return true;
      }
      for await (const event of daemon.takeOvers.take(id, by, call.signal)) await call.emit(event);
      return call.keepsConnection ? true : noReply;
    },
  }),
};
