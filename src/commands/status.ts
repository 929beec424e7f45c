import * as v from "valibot";
import { formatDuration } from "../base/durations.ts";
import { lossText } from "../protocol/database-loss.ts";
import type { DaemonStatus } from "../protocol/messages.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { notRunningMessage } from "./error-lines.ts";

export const command: Command = {
  name: "status",
  summary: "Show the daemon's health; exit 1 when it does not run",
  group: "Daemon",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    description: "In JSON pid is text, as shell clients read it; as a number it is in: overmind version --json | jq .daemon.pid",
    needs: "nothing",
    async run(context, { flags }) {
      const client = await context.connectIfRunning();
      if (client === null) {
        if (flags.json) await context.screen.line(JSON.stringify({ running: false, home: context.paths.home }));
        context.screen.say(notRunningMessage);
        return 1;
      }
      const status = await client.request<DaemonStatus>("status");
      await context.screen.line(flags.json ? JSON.stringify(status) : statusText(status));
      return 0;
    },
  }),
  wire: wire({ params: v.object({}), run: (daemon) => daemon.status() }),
};

/** The daemon's health in a few lines. */
export function statusText(status: DaemonStatus): string {
  const { version, pid, uptime, memory_mb, home, missions, config_error, database_lost } = status;
  return [
    `Overmind ${version} runs: pid ${pid}, up ${uptime < 1 ? "0s" : formatDuration(uptime * 1000)}, ${memory_mb} MB`,
    `Home     ${home}`,
    `Missions ${missions.live} live (${missions.running} running), ${missions.stopped} stopped, ${missions.crashed} crashed, ${missions.killed} killed`,
    ...(database_lost ? [`Database as the daemon started, ${lossText(database_lost)}`] : []),
    ...(config_error ? [`Config   broken, the last good one is in force: ${config_error}`] : []),
  ].join("\n");
}
