// The short missions of the load: what is asked for, and what each has to come to.
import { pause } from "../bench/timing.mjs";
import { pick } from "./chance.mjs";

export const pool = { name: "soak", slots: 4 };

const ended = (status, reason, exit_code) => ({ status, reason, exit_code });
const lines = (count) => ["perl", "-e", `print "line $_ of some text that an agent might say\\n" for 1 .. ${count}`];

// Weight, name, arguments of `run`, how it has to end.
const plain = [
  [26, "ok", { command: "true" }, ended("stopped", "completed", 0)],
  [4, "sleeper", { argv: ["sleep", "0.3"] }, ended("stopped", "completed", 0)],
  [12, "failing", { command: "echo no >&2; exit 3" }, ended("crashed", "failed", 3)],
  [6, "signalled", { command: "kill -9 $$" }, ended("crashed", "signaled", 137)],
  [14, "printing", { argv: lines(400) }, ended("stopped", "completed", 0)],
  [2, "printing-much", { argv: lines(20_000) }, ended("stopped", "completed", 0)],
  [
    5,
    "crashing",
    { command: "echo $OVERMIND_ATTEMPT; exit 7", restart: "on_failure", max_restarts: 2, backoff: 50 },
    ended("crashed", "failed", 7),
  ],
  [
    3,
    "recovering",
    { command: 'test "$OVERMIND_ATTEMPT" -ge 2', restart: "on_failure", backoff: 50 },
    ended("stopped", "completed", 0),
  ],
  [10, "pooled", { argv: ["sleep", "0.05"], pool: pool.name }, ended("stopped", "completed", 0)],
  [3, "timed-out", { argv: ["sleep", "60"], timeout_seconds: 0.5 }, ended("crashed", "timeout", null)],
  [3, "delayed", { command: "true", delay_ms: 500 }, ended("stopped", "completed", 0)],
  [2, "leaving", { command: "sleep 300 & true" }, ended("stopped", "completed", 0)],
].map(([weight, name, args, end]) => [weight, { name, count: 1, run: (wire) => runAndCheck(wire, args, end) }]);

const byHand = [
  [4, "stopped", (wire) => runAndEnd(wire, "stop", ended("stopped", "stopped", null))],
  [2, "killed", (wire) => runAndEnd(wire, "kill", ended("killed", "killed", null))],
  [3, "removed", runAndRemove],
].map(([weight, name, run]) => [weight, { name, count: 1, run }]);

const families = [[2, { name: "family", count: 3, run: runFamily }]];

/** Chooses what comes next: `{ name, count, run(wire) }`, `count` missions; `run` answers what was wrong, or null. */
export const nextKind = (chance) => pick(chance, [...plain, ...byHand, ...families]);

/** Waits for a mission's end and compares it with what it has to be. Null exit codes are not compared. */
export async function checkEnd(wire, id, expected) {
  const end = await wire.request("wait", { id, timeout: 120_000 });
  const isRight =
    end.status === expected.status &&
    end.reason === expected.reason &&
    (expected.exit_code === null || end.exit_code === expected.exit_code);
  return isRight ? null : `${id} ended ${describe(end)} instead of ${describe(expected)}`;
}

async function runAndCheck(wire, args, end) {
  const { id } = await wire.request("run", { ...args, cwd: "/" });
  return checkEnd(wire, id, end);
}

async function runAndEnd(wire, verb, end) {
  const { id } = await wire.request("run", { command: "sleep 300 & sleep 300", cwd: "/" });
  await pause(700);
  await wire.request(verb, { id });
  return checkEnd(wire, id, end);
}

async function runAndRemove(wire) {
  const { id } = await wire.request("run", { command: "echo gone", cwd: "/" });
  const wrong = await checkEnd(wire, id, ended("stopped", "completed", 0));
  await wire.request("rm", { id });
  return wrong;
}

/** A parent, its child, and the child's child, which end with it. */
async function runFamily(wire) {
  const start = async (more) => (await wire.request("run", { argv: ["sleep", "300"], cwd: "/", ...more })).id;
  const parent = await start({});
  const child = await start({ parent, on_parent_exit: "stop" });
  const grandchild = await start({ parent: child, on_parent_exit: "stop" });
  await wire.request("stop", { id: parent });
  const wrongs = [await checkEnd(wire, parent, ended("stopped", "stopped", null))];
  for (const id of [child, grandchild]) wrongs.push(await checkEnd(wire, id, ended("stopped", "parent", null)));
  return wrongs.find((wrong) => wrong !== null) ?? null;
}

const describe = ({ status, reason, exit_code }) => `${status} (${reason}, ${exit_code})`;
