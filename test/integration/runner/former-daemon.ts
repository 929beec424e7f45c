// A runner in a process of its own, which the tests kill: starts what its arguments say.
import { systemClock } from "../../../src/base/clock.ts";
import { homePaths, missionPaths } from "../../../src/base/paths.ts";
import { Runner } from "../../../src/runner/runner.ts";

const [home = "", ...missions] = process.argv.slice(2);
const paths = homePaths({ OVERMIND_HOME: home });
const runner = new Runner({ paths, clock: systemClock, log: { warn: (_, message) => process.stderr.write(`${message}\n`) } });
await runner.open();
let waiting = missions.length;
for (const word of missions) {
  const [mission = "", command = ""] = word.split("=", 2);
  const request = {
    mission,
    attempt: 1,
    paths: missionPaths(paths, mission),
    cwd: "/",
    command,
    argv: null,
    umask: null,
    nofile: null,
    nice: null,
    terminal: null,
  };
  runner.start({ ...request, stdin: "null" }, (fact) => {
    if (fact.type === "started") waiting -= 1;
    if (waiting === 0) process.stdout.write("all started\n");
  });
}
setInterval(() => undefined, 1000);
