import { version } from "../base/version.ts";
import { type Command, commandLine } from "./command.ts";

export const command: Command = {
  name: "version",
  summary: "Show the versions of this command and of the daemon",
  group: "Set-up",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    needs: "nothing",
    async run(context, { flags }) {
      const hello = (await context.connectIfRunning())?.hello;
      const daemon = hello ? { version: hello.version, pid: hello.pid } : null;
      if (flags.json) await context.screen.line(JSON.stringify({ version, daemon }));
      else
        await context.screen.line(
          `overmind ${version}\ndaemon   ${daemon ? `${daemon.version} (pid ${daemon.pid})` : "not running"}`,
        );
      return 0;
    },
  }),
};
