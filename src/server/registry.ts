import { OvermindError } from "../base/errors.ts";
import type { Call, Command } from "../commands/command.ts";
import { readParams } from "../commands/params.ts";
import type { Request } from "../protocol/messages.ts";
import type { DaemonContext } from "../supervisor/daemon-context.ts";

/** Runs one request against the daemon. Throws, or rejects with, what the client is to be told. */
export type Dispatch = (request: Request, call: Call) => Promise<unknown>;

/** A `Dispatch` over the wire side of the commands. A Map, so that no inherited name is a command. */
export function dispatchTo(commands: readonly Command[], daemon: DaemonContext): Dispatch {
  const byName = new Map(
    commands.flatMap((command) => [command.name, ...(command.aliases ?? [])].map((name) => [name, command.wire] as const)),
  );
  return async (request, call) => {
    const side = byName.get(request.cmd);
    if (!side) throw new OvermindError("unknown_command", `unknown command: ${request.cmd}`);
    return side.run(daemon, readParams(side.params, request.args), call);
  };
}
