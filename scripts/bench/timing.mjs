// Wall times of commands. Floor and subject take turns, so that a busy moment of the machine meets both.
import { spawn } from "node:child_process";

/**
 * Runs a command to its end with a drained stdout.
 *
 * @returns {Promise<{ ms: number, code: number | null, stdout: string, stderr: string }>}
 */
export function runCommand([file, ...args], { env = process.env, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(file, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: [], stderr: [] };
    for (const name of ["stdout", "stderr"]) child[name].on("data", (bytes) => said[name].push(bytes));
    child.once("error", reject);
    child.once("close", (code) => {
      const ms = performance.now() - startedAt;
      resolve({ ms, code, stdout: Buffer.concat(said.stdout).toString(), stderr: Buffer.concat(said.stderr).toString() });
    });
  });
}

/** As `runCommand`, and throws when the command did not end with `code`: a failure must not look fast. */
export async function timeCommand(command, options = {}) {
  const result = await runCommand(command, options);
  if (result.code !== (options.code ?? 0))
    throw new Error(`${command.join(" ")} ended with ${result.code}: ${result.stderr.trim()}`);
  options.check?.(result);
  return result.ms;
}

/**
 * Calls each function once a round, in turn, after one round that is not counted.
 *
 * @param {Record<string, () => Promise<number>>} takers each answers one sample
 * @returns {Promise<Record<string, number[]>>}
 */
export async function takeTurns(rounds, takers) {
  const samples = Object.fromEntries(Object.keys(takers).map((name) => [name, []]));
  for (const take of Object.values(takers)) await take();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, take] of Object.entries(takers)) samples[name].push(await take());
  }
  return samples;
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
