import * as v from "valibot";
import { type Command, wire } from "./command.ts";

export const command: Command = {
  name: "hello",
  summary: "Who answers on this socket",
  wire: wire({ params: v.object({}), run: (daemon) => daemon.hello() }),
};
