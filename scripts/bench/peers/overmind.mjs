// The same work under Overmind, over one connection.
import { BenchHome } from "../home.mjs";

export const name = "overmind";

export const find = () => "overmind";

export async function open() {
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const run = (argv, more) => wire.request("run", { argv, cwd: "/", ...more });
  return {
    marks: [`OVERMIND_HOME=${home.path}`, `OVERMIND_DAEMON=${home.path}`],
    startJobs: (job, count) => Promise.all(Array.from({ length: count }, () => run(job))),
    startServices: (services) =>
      Promise.all(services.map((argv) => run(argv, { restart: "always", max_restarts: 0, backoff: 0, backoff_max_ms: 0 }))),
    close: () => home.dispose(),
  };
}
