// supervisord, Debian's package `supervisor`.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause, runCommand, timeCommand } from "../timing.mjs";
import { programInPath, untilThere } from "./programs.mjs";

export const name = "supervisord";

export const find = () => (programInPath("supervisorctl") === null ? null : programInPath("supervisord"));

// What it may be asked to start stands in its file from the beginning.
export async function open(supervisord, directory, env, { job, count, services }) {
  const socket = join(directory, "control.sock");
  const file = join(directory, "supervisord.conf");
  writeFileSync(file, configText(socket, directory, { job, count, services }));
  spawn(supervisord, ["-n", "-c", file], { env, cwd: directory, stdio: "ignore" });
  await untilThere(socket);
  // The socket is there a moment before anybody listens.
  while ((await runCommand(["supervisorctl", "-c", file, "pid"], { env })).code !== 0) await pause(50);
  const start = (group) => timeCommand(["supervisorctl", "-c", file, "start", group], { env });
  return { startJobs: () => start("job:*"), startServices: () => start("services:*"), close: () => {} };
}

function configText(socket, directory, { job, count, services }) {
  const program = (name, argv, more) =>
    [
      `[program:${name}]`,
      `command=${argv.join(" ")}`,
      "autostart=false",
      "startsecs=0",
      "stdout_logfile=NONE",
      "stderr_logfile=NONE",
      ...more,
    ].join("\n");
  return [
    `[unix_http_server]\nfile=${socket}`,
    `[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${join(directory, "supervisord.pid")}`,
    "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    `[supervisorctl]\nserverurl=unix://${socket}`,
    program("job", job, [`numprocs=${count}`, "process_name=%(program_name)s_%(process_num)d", "autorestart=false"]),
    ...services.map((argv, at) => program(`service${at}`, argv, ["autorestart=true"])),
    `[group:services]\nprograms=${services.map((_, at) => `service${at}`).join(",")}`,
    "",
  ].join("\n");
}
