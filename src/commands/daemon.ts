import { type Command, commandLine } from "./command.ts";

export const command: Command = {
  name: "daemon",
  summary: "Run the daemon in the foreground",
  group: "Daemon",
  commandLine: commandLine({
    flags: {},
    description:
      "For systemd and its like, and to see what the daemon says. Ctrl-C ends it; agents keep running and are adopted at the next start.",
    needs: "nothing",
    run: (context) => context.runDaemonHere(),
  }),
};
