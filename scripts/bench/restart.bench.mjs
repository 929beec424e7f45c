// How soon a crashed agent is replaced, against a shell loop that does nothing else; and how soon the
// daemon answers while a thousand missions crash at random.
import { spawn } from "node:child_process";
import { BenchHome } from "./home.mjs";
import { startMissions, untilRunning } from "./missions.mjs";
import { pause, takeTurns } from "./timing.mjs";

export const name = "restart";

const forever = { restart: "always", max_restarts: 0, backoff: 0, backoff_max_ms: 0 };
const settleMs = 15;

export async function run({ isQuick }) {
  return [...(await crashToPid(isQuick ? 30 : 200)), ...(await answersWhileRestarting(isQuick))];
}

/** From SIGKILL of the agent to the pid of the next, as whoever follows is told. */
async function crashToPid(rounds) {
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const { id } = await wire.request("run", { argv: ["sleep", "100000"], ...forever });
  const agents = new Pids();
  const isStart = ({ type }) => type === "mission.started";
  wire.stream("events", { follow: true, mission: id }, (event) => isStart(event) && agents.put(event.data.os_pid));
  const loop = new Pids();
  const shell = spawn("sh", ["-c", "while :; do sh -c 'echo $$; exec sleep 100000'; done"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  shell.stdout.on("data", (bytes) => loop.put(Number(bytes.toString().trim())));
  try {
    const samples = await takeTurns(rounds, { shell: () => loop.replace(), overmind: () => agents.replace() });
    const floor = { title: "shell loop", samples: samples.shell };
    const title = "agent killed -> new pid known";
    return [
      { id: "restart", title, unit: "ms", samples: samples.overmind, floor, target: { of: "ratio", atMost: 6 } },
      { id: "restart_ms", title: "... as a time", unit: "ms", samples: samples.overmind, target: { of: "value", atMost: 5 } },
    ];
  } finally {
    shell.kill("SIGKILL");
    if (loop.last !== null) process.kill(loop.last, "SIGKILL");
    await home.dispose();
  }
}

/** Pids of one process after the other. */
class Pids {
  last = null;
  #arrived = () => {};

  put(pid) {
    this.last = pid;
    this.#arrived();
  }

  /** Kills the present one; answers the milliseconds until the next is known. */
  async replace() {
    while (this.last === null) await this.#next();
    await pause(settleMs);
    const next = this.#next();
    const startedAt = performance.now();
    process.kill(this.last, "SIGKILL");
    await next;
    return performance.now() - startedAt;
  }

  #next() {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }
}

async function answersWhileRestarting(isQuick) {
  const missions = isQuick ? 200 : 1000;
  const meanSeconds = 20;
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const command = `exec perl -e 'select undef, undef, undef, ${2 * meanSeconds} * rand; exit 1'`;
  await untilRunning(wire, await startMissions(wire, missions, { command, ...forever }));
  await pause(3000);
  const restartsBefore = await restartsOf(wire);
  const beganAt = performance.now();
  const samples = [];
  while (samples.length < (isQuick ? 100 : 500)) {
    const startedAt = performance.now();
    await wire.request("list", {});
    samples.push(performance.now() - startedAt);
    await pause(25);
  }
  const perSecond = ((await restartsOf(wire)) - restartsBefore) / ((performance.now() - beganAt) / 1000);
  await home.dispose();
  const title = `ps, ${missions} missions, ${perSecond.toFixed(0)} restarts/s`;
  const slowest = [...samples].sort((a, b) => a - b)[Math.ceil(samples.length * 0.99) - 1];
  return [
    { id: "ps_restarting", title, unit: "ms", samples },
    {
      id: "ps_restarting_p99",
      title: "... 99th percentile",
      unit: "ms",
      samples: [slowest],
      target: { of: "value", atMost: 100 },
    },
  ];
}

async function restartsOf(wire) {
  const missions = await wire.request("list", {});
  return missions.reduce((sum, { restart_count }) => sum + restart_count, 0);
}
