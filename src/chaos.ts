// The composition root of `overmind doctor --chaos`: a program of its own, so that nobody else loads it.
import { parseArgs } from "node:util";
import { type Progress, runChaos } from "./chaos/chaos-run.ts";
import { reportText } from "./chaos/report-text.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, ms: { type: "string" }, json: { type: "boolean", default: false } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
let told = 0;

const report = await runChaos({ seed, ms: Number(values.ms ?? 60_000), onProgress: progressLine });
if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
console.log(values.json ? JSON.stringify(report) : reportText(report));
process.exit(report.violations.length === 0 ? 0 : 1);

/** On a terminal one line that changes; elsewhere one every ten seconds. */
function progressLine({ phase, msLeft, missions, faults }: Progress): void {
  const isTerminal = process.stderr.isTTY === true;
  if (performance.now() - told < (isTerminal ? 500 : 10_000)) return;
  told = performance.now();
  const line = `chaos, seed ${seed}: ${phase}, ${Math.ceil(msLeft / 1000)} s to go, ${missions} missions, ${faults} faults`;
  process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
}
