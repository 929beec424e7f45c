// runit and s6, which supervise a directory each: `run` in it is the service, `down` keeps it from starting by itself.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timeCommand } from "../timing.mjs";
import { programInPath, untilThere } from "./programs.mjs";

export const runit = supervisorOf("runit", "runsvdir", "sv", {
  once: (directories) => [["sv", "once", ...directories]],
  up: (directories) => [["sv", "up", ...directories]],
});

export const s6 = supervisorOf("s6", "s6-svscan", "s6-svc", {
  once: (directories) => directories.map((directory) => ["s6-svc", "-o", directory]),
  up: (directories) => directories.map((directory) => ["s6-svc", "-u", directory]),
});

function supervisorOf(name, scanner, control, commands) {
  const find = () => (programInPath(control) === null ? null : programInPath(scanner));
  return { name, find, open: (program, directory, env, work) => open({ program, directory, env, commands }, work) };
}

async function open({ program, directory, env, commands }, { job, count, services }) {
  const scanned = join(directory, "services");
  mkdirSync(scanned);
  const make = (name, argv) => {
    const path = join(scanned, name);
    mkdirSync(path);
    writeFileSync(join(path, "run"), `#!/bin/sh\nexec ${argv.join(" ")}\n`, { mode: 0o755 });
    writeFileSync(join(path, "down"), "");
    return path;
  };
  const jobs = Array.from({ length: count }, (_, at) => make(`job${at}`, job));
  const kept = services.map((argv, at) => make(`service${at}`, argv));
  spawn(program, [scanned], { env, cwd: directory, stdio: "ignore" });
  for (const path of [...jobs, ...kept]) await untilThere(join(path, "supervise", "control"));
  const ask = (all) => Promise.all(all.map((command) => timeCommand(command, { env })));
  return { startJobs: () => ask(commands.once(jobs)), startServices: () => ask(commands.up(kept)), close: () => {} };
}
