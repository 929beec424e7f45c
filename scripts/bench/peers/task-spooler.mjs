// task-spooler, Debian's `tsp`: a queue of jobs; it restarts nothing.
import { join } from "node:path";
import { timeCommand } from "../timing.mjs";
import { programInPath } from "./programs.mjs";

export const name = "task-spooler";

export const find = () => programInPath("tsp");

export async function open(tsp, directory, env, { count }) {
  const own = { ...env, TS_SOCKET: join(directory, "socket"), TMPDIR: directory };
  const ask = (...words) => timeCommand([tsp, ...words], { env: own, cwd: directory });
  await ask("-S", String(count));
  return {
    startJobs: async (job) => {
      for (let at = 0; at < count; at += 1) await ask("-n", ...job);
    },
    close: () => ask("-K"),
  };
}
