import { version } from "../base/version.ts";
import { type Command, commandLine } from "./command.ts";
import { untilGone } from "./outcome/until-gone.ts";

export const command: Command = {
  name: "start",
  summary: "Start the daemon in the background",
  group: "Daemon",
  commandLine: commandLine({
    flags: {
      replace: { kind: "boolean", summary: "replace a running one, as after an upgrade; agents keep running" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    description: "Seldom needed: commands start the daemon themselves.",
    examples: [["overmind start --replace", "let a new version take over"]],
    needs: "autostart",
    async run(context, { flags }) {
      const old = await context.connectIfRunning();
      if (old !== null && flags.replace) {
        await old.request("shutdown", { kill: false });
        context.disconnect();
        await untilGone(context.paths, old.hello.pid);
      }
      const { hello } = await context.connect();
      const done = old === null ? "started" : flags.replace ? "replaced" : "already runs";
      if (flags.json)
        await context.screen.line(
          JSON.stringify({ pid: hello.pid, version: hello.version, home: hello.home, started: hello.pid !== old?.hello.pid }),
        );
      else await context.screen.line(`Overmind ${hello.version} ${done} (pid ${hello.pid})`);
      if (hello.version !== version && !flags.json) context.screen.say(`This command is version ${version}.`);
      return 0;
    },
  }),
};
