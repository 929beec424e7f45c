import { asOvermindError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { type Command, commandLine } from "./command.ts";
import type { Requester } from "./command-line-context.ts";
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
        await sendAway(old);
        context.disconnect();
        await untilGone(context.paths, old.hello.pid);
      }
      const { hello } = await context.connect();
      const isSame = hello.pid === old?.hello.pid;
      const done = old === null ? "started" : isSame ? "already runs" : "replaced";
      if (flags.json)
        await context.screen.line(JSON.stringify({ pid: hello.pid, version: hello.version, home: hello.home, started: !isSame }));
      else await context.screen.line(`Overmind ${hello.version} ${done} (pid ${hello.pid})`);
      if (hello.version !== version && !flags.json) context.screen.say(`This command is version ${version}.`);
      return 0;
    },
  }),
};

/** Of several who replace it at once one is answered; for the others it goes away all the same. */
async function sendAway(old: Requester): Promise<void> {
  try {
    await old.request("shutdown", { kill: false });
  } catch (thrown) {
    const { code } = asOvermindError(thrown);
    if (code !== "unreachable" && code !== "shutting_down") throw thrown;
  }
}
