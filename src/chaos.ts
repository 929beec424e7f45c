// The composition root of `overmind doctor --chaos`: a program of its own, so that nobody else loads it.
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { type Progress, runChaos } from "./chaos/chaos-run.ts";
import { reportText } from "./chaos/report-text.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, ms: { type: "string" }, json: { type: "boolean", default: false } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
let told = 0;
let endedAt: number | null = null;

/** Milliseconds in which a signal that a terminal and a parent both send counts once; one after that ends it as it is. */
const onceWithinMs = 1000;
const ending = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, endBefore);
const ms = Number(values.ms ?? 60_000);
const report = await runChaos({ seed, ms, onProgress: progressLine, signal: ending.signal }).catch(unlessEnded);
if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
console.log(values.json ? JSON.stringify(report) : reportText(report));
process.exit(report.violations.length === 0 ? 0 : 1);

function endBefore(name: NodeJS.Signals): void {
  endedAt ??= performance.now();
  if (performance.now() > endedAt + onceWithinMs) process.exit(128 + constants.signals[name]);
  ending.abort(name);
}

/** As a shell tells it of a program that was ended by a signal. */
function unlessEnded(error: unknown): never {
  if (!ending.signal.aborted) throw error;
  process.stderr.write(`chaos, seed ${seed}: ended by ${ending.signal.reason}; nothing of it is left\n`);
  process.exit(128 + constants.signals[ending.signal.reason as NodeJS.Signals]);
}

/** On a terminal one line that changes; elsewhere one every ten seconds. */
function progressLine({ phase, msLeft, missions, faults }: Progress): void {
  const isTerminal = process.stderr.isTTY === true;
  if (performance.now() - told < (isTerminal ? 500 : 10_000)) return;
  told = performance.now();
  const line = `chaos, seed ${seed}: ${phase}, ${Math.ceil(msLeft / 1000)} s to go, ${missions} missions, ${faults} faults`;
  process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
}
