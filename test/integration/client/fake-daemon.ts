// A daemon without missions: the real home, lock, server and ready report around fake commands.
import * as v from "valibot";
import { asOvermindError } from "../../../src/base/errors.ts";
import { homePaths } from "../../../src/base/paths.ts";
import { type Command, noReply, wire } from "../../../src/commands/command.ts";
import { prepareHome } from "../../../src/server/home.ts";
import { HomeLock } from "../../../src/server/lock.ts";
import { ReadyReport } from "../../../src/server/ready-report.ts";
import { Server } from "../../../src/server/server.ts";
import { fakeCommands, fakeDaemon, silentLog } from "../wire/fake-home.ts";

const report = new ReadyReport(Number(process.argv[3]));
const paths = homePaths();

const command = (name: string, run: Parameters<typeof wire<typeof args>>[0]["run"]): Command => ({
  name,
  summary: "",
  wire: wire({ params: args, run }),
});
const args = v.looseObject({});

const commands: Command[] = [
  ...fakeCommands({ aborted: 0, release: [], emitted: 0, errors: [] }),
  command("die", () => process.kill(process.pid, "SIGKILL")),
  command("shutdown", () => {
    void server.close().then(() => process.exit(0));
    return true;
  }),
  // Numbers from `since` on: ten at a time, then it waits to be killed; 30 is the end.
  command("events", async (_, { since = 0 }, call) => {
    const end = Math.floor((since as number) / 10) * 10 + 10;
    for (let seq = (since as number) + 1; seq <= end; seq += 1) await call.emit({ seq, pid: process.pid });
    if (end >= 30) return noReply;
    return new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason)));
  }),
  command("wait", (_, { id, timeout }, call) => {
    if (id === String(process.pid))
      return new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason)));
    return { status: "stopped", exit_code: process.pid, timeout };
  }),
  command("environment", () => process.env),
];

let server: Server;
try {
  prepareHome(paths.home);
  new HomeLock(paths.lock);
  server = new Server({ paths, commands, daemon: fakeDaemon(paths), log: silentLog });
  await server.listen();
  report.ready(null);
} catch (thrown) {
  report.failed(asOvermindError(thrown));
  process.exit(1);
}
