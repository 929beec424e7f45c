import * as v from "valibot";
import { type Command, wire } from "./command.ts";

export const command: Command = {
  name: "ping",
  summary: "Whether the daemon answers",
  wire: wire({ params: v.object({}), run: () => "pong" }),
};
