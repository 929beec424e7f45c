import { existsSync } from "node:fs";
import * as v from "valibot";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { untilGone } from "./outcome/until-gone.ts";
import { flag } from "./wire-fields.ts";

export const command: Command = {
  name: "shutdown",
  summary: "End the daemon; agents keep running",
  group: "Daemon",
  commandLine: commandLine({
    flags: {
      kill: { kind: "boolean", summary: "stop every mission first" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    description: "Agents that keep running lose nothing: the next start adopts them.",
    needs: "autostart",
    async run(context, { flags }) {
      const client = await daemonFor(context, flags.kill);
      if (client === null) {
        if (flags.json) await context.screen.line(JSON.stringify({ live: null }));
        else context.screen.say("Daemon not running");
        return 0;
      }
      const endWaiting = context.screen.waiting("shutting down");
      const { live } = await client.request<{ live: number }>("shutdown", { kill: flags.kill, counted: true });
      await untilGone(context.paths, client.hello.pid).finally(endWaiting);
      if (flags.json) await context.screen.line(JSON.stringify({ live }));
      else await context.screen.line(farewell(live));
      return 0;
    },
  }),
  wire: wire({
    /** `counted`: answers `{live}`, how many agents keep running. */
    params: v.object({ kill: flag, counted: flag }),
    async run(daemon, { kill, counted }) {
      const left = await daemon.shutdown({ kill });
      return counted ? { live: left.live } : true;
    },
  }),
};

/** With `--kill` agents of a dead daemon are ended too, which only a daemon can do. */
const daemonFor = async (context: CommandLineContext, kill: boolean) =>
  kill && context.autostart && existsSync(context.paths.database) ? context.connect() : context.connectIfRunning();

function farewell(live: number): string {
  if (live === 0) return "Overmind shut down";
  const agents = live === 1 ? "1 agent keeps running and is" : `${live} agents keep running and are`;
  return `Overmind shut down. ${agents} adopted at the next start; to end them: overmind shutdown --kill`;
}
