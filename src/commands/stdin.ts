import * as v from "valibot";
import { type Command, wire } from "./command.ts";
import { flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "stdin",
  summary: "Give a mission standard input",
  wire: wire({
    /** The bytes of `base64` first, then with `eof` the end. */
    params: v.object({ id: reference, base64: v.optional(v.pipe(v.string(), v.base64("must be base64"))), eof: flag }),
    async run(daemon, { id, base64, eof }) {
      if (base64 !== undefined && base64 !== "") await daemon.writeStdin(id, Buffer.from(base64, "base64"));
      if (eof) daemon.closeStdin(id);
      return true;
    },
  }),
};
