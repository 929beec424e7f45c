// pm2, which keeps one Node process for all; taken from the PATH, or through npx where that was asked for.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment } from "../home.mjs";
import { runCommand, timeCommand } from "../timing.mjs";
import { programInPath } from "./programs.mjs";

export const name = "pm2";

const version = "7.0.4";

export async function find({ mayFetch }) {
  const inPath = programInPath("pm2");
  if (inPath !== null || !mayFetch) return inPath;
  const fetched = await runCommand(["npx", "--yes", "-p", `pm2@${version}`, "-c", "command -v pm2"], { env: plainEnvironment() });
  return fetched.code === 0 ? fetched.stdout.trim() : null;
}

export function open(pm2, directory, env) {
  const own = { ...env, PM2_HOME: join(directory, "pm2") };
  const start = (name, apps) => {
    const file = join(directory, `${name}.json`);
    writeFileSync(file, JSON.stringify({ apps }));
    return timeCommand([pm2, "start", file], { env: own, cwd: directory });
  };
  const app = (name, [script, ...args], more) => ({ name, script, args, interpreter: "none", ...more });
  return {
    startJobs: (job, count) =>
      start(
        "jobs",
        Array.from({ length: count }, (_, at) => app(`job${at}`, job, { autorestart: false })),
      ),
    startServices: (services) =>
      start(
        "services",
        services.map((argv, at) => app(`service${at}`, argv, { autorestart: true })),
      ),
    close: () => runCommand([pm2, "kill"], { env: own }),
  };
}
