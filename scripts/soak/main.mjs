// `npm run soak`: mixed load for hours, and whether memory, descriptors and files are flat at its end.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { BenchHome, leaveNothing, overmindPath, undoAll } from "../bench/home.mjs";
import { describeCommit, describeMachine } from "../bench/machine.mjs";
import { hasProc } from "../bench/processes.mjs";
import { pause, runCommand } from "../bench/timing.mjs";
import { chanceOf } from "./chance.mjs";
import { Company } from "./company.mjs";
import { Load } from "./load.mjs";
import { biggestParts, takeSample } from "./sampling.mjs";
import { judgeRest, judgeRun, renderVerdict } from "./verdict.mjs";
import { Watch } from "./watch.mjs";

// Small enough to be reached within minutes: what grows afterwards grows for ever.
const retention = { keep_finished: 1000, events_keep: 20_000, log_max_bytes: 4 * 2 ** 20 };
const config = `${Object.entries(retention)
  .map((pair) => pair.join(" = "))
  .join("\n")}

[[hooks]]
name = "pools"
on = ["pool.*"]
run = "cat >/dev/null"
`;
const sampleEveryMs = 10_000;
const minuteMs = 60_000;
// Missions, events and output have met their limits by then.
const warmUpMs = (runMs) => Math.min(10 * minuteMs, runMs / 4);
const afterWarmUp = (samples) => samples.filter(({ atMs }) => atMs >= warmUpMs(samples.at(-1).atMs));

const usage = `Usage: npm run soak -- [--hours N | --minutes N] [--rate N] [--seed N] [--json FILE] [--judge FILE]
  --hours N      how long (2)
  --minutes N    the same in minutes
  --rate N       missions a second (20)
  --seed N       what is asked for is chosen by it (1)
  --json FILE    writes every sample there, each minute
  --judge FILE   runs nothing: judges what an earlier --json FILE holds
Ctrl-C ends the load early and judges what there is. Exit code 1: not flat, or something was answered wrongly.`;

const options = readArguments();
if (options !== null) {
  const stopping = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.once(signal, () => {
        resolve();
        process.once(signal, () => void leave());
      });
    }
  });
  try {
    process.exitCode = (await soak(options, stopping)) ? 0 : 1;
  } finally {
    await undoAll();
  }
}

/** Whether all was well. */
async function soak({ runMs, rate, seed, json }, stopping) {
  const home = new BenchHome(config);
  await home.start();
  const pid = await home.daemonPid();
  const [loadWire, companyWire, watchWire] = await Promise.all([home.wire(), home.wire(), home.wire()]);
  const facts = { started_at: new Date().toISOString(), ...describeCommit(), machine: describeMachine(), rate, seed, retention };
  console.log(`A daemon in ${home.path}, ${rate} missions/s for ${runMs / minuteMs} minutes, seed ${seed}`);
  console.log(await retentionText(watchWire));
  // Node begins the threads of its pool at their first use: without them this would be the figure of another daemon.
  const { code } = await runCommand([overmindPath, "run", "--rm", "--follow", "true"], { env: home.env, cwd: "/" });
  if (code !== 0) throw new Error(`the first mission ended with ${code}`);
  await pause(3000);
  const before = await takeSample(home, pid, watchWire);
  const load = new Load(loadWire, chanceOf(seed), rate);
  const company = new Company(home, companyWire, load);
  const keep = (more) => json && writeFileSync(json, `${JSON.stringify({ ...facts, ...more }, null, 1)}\n`);
  let toldAt = performance.now();
  const tell = (sample) => {
    if (performance.now() - toldAt < minuteMs) return;
    toldAt = performance.now();
    console.log(lineOf(sample));
    keep({ before, samples: watch.samples, wrongs: load.wrongs });
  };
  const watch = new Watch({ home, pid, wire: watchWire, load, everyMs: sampleEveryMs, tell });
  await company.begin();
  watch.begin();
  const running = load.run();
  await Promise.race([pause(runMs), stopping, running]);
  await watch.end();
  const parts = biggestParts(home);
  console.log("ending the load …");
  await company.end();
  await load.end();
  const after = await restOf(home, pid, watchWire);
  const judged = afterWarmUp(watch.samples);
  const findings = judgeRun(judged);
  const left = judgeRest(before, after);
  keep({ before, after, samples: watch.samples, findings, left, parts, wrongs: load.wrongs, wrong_count: load.wrongCount });
  console.log(reportText({ judged, findings, left, load, parts, before, after }));
  return findings.every(({ isFlat }) => isFlat) && left.length === 0 && load.wrongCount === 0;
}

/** A minute after the last mission: a round of pruning has gone by. */
async function restOf(home, pid, wire) {
  let seen = await takeSample(home, pid, wire);
  for (let looks = 0; looks < 70 && (looks < 62 || seen.live > 0); looks += 1) {
    await pause(1000);
    seen = await takeSample(home, pid, wire);
  }
  return seen;
}

async function retentionText(wire) {
  const { values } = await wire.request("config");
  const inForce = Object.keys(retention).map((key) => `${key} = ${values[key].value}`);
  return `retention: ${inForce.join(", ")}, keep_days = ${values.keep_days.value} (which keeps more than this run makes)`;
}

function lineOf(sample) {
  const { atMs, rss_kb, fds, threads, shims, processes, files, disk_bytes, live, rate, ping_ms, ping_worst_ms, missions, wrong } =
    sample;
  const minutes = (atMs / minuteMs).toFixed(0).padStart(3);
  const disk = `${files} files ${(disk_bytes / 2 ** 20).toFixed(0)} MiB`;
  const delay = `ping ${ping_ms} (${ping_worst_ms} worst) ms`;
  return `${minutes} min  ${missions} missions (${rate}/s, ${live} live, ${wrong} wrong)  ${rss_kb} kB  ${fds} fds  ${threads} threads  ${shims} shims  ${processes} processes  ${disk}  ${delay}`;
}

function reportText({ judged, findings, left, load, parts, before, after }) {
  const rates = judged.map(({ rate }) => rate);
  const reached = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const cpu = judged.length > 1 ? (judged.at(-1).cpu_ms - judged[0].cpu_ms) / (judged.at(-1).atMs - judged[0].atMs) : 0;
  const worst = Math.max(...judged.map(({ ping_worst_ms }) => ping_worst_ms));
  return [
    "",
    renderVerdict(findings),
    "",
    `${load.started} missions, ${reached.toFixed(1)}/s, ${load.skipped} left out; the daemon used ${(100 * cpu).toFixed(1)} % of one processor`,
    `the longest ping took ${worst} ms`,
    `the biggest parts of the home under load: ${parts.map(({ name, files, bytes }) => `${name} ${(bytes / 2 ** 20).toFixed(1)} MiB in ${files}`).join(", ")}`,
    `at rest: ${Object.keys(after)
      .map((key) => `${key} ${before[key]} -> ${after[key]}`)
      .join(", ")}`,
    ...left.map(({ key, after: now, at_most }) => `LEFT OVER: ${key} ${now}, at most ${at_most} were to be left`),
    ...load.wrongs.map((wrong) => `WRONG: ${wrong}`),
    load.wrongCount > load.wrongs.length ? `… ${load.wrongCount} wrong in all` : "",
  ].join("\n");
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        hours: { type: "string" },
        minutes: { type: "string" },
        rate: { type: "string", default: "20" },
        seed: { type: "string", default: "1" },
        json: { type: "string" },
        judge: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return explain(usage, 0);
    if (values.judge !== undefined) return judgeKept(values.judge);
    if (!hasProc) return explain("It reads /proc, which only Linux has.", 1);
    if (!existsSync(join(dirname(overmindPath), "../dist/cli.cjs"))) return explain("Build it first: npm run build", 2);
    const runMs =
      values.minutes === undefined
        ? positive("hours", values.hours ?? "2") * 60 * minuteMs
        : positive("minutes", values.minutes) * minuteMs;
    return { runMs, rate: positive("rate", values.rate), seed: positive("seed", values.seed), json: values.json };
  } catch (error) {
    return explain(`${error.message}\n${usage}`, 2);
  }
}

function judgeKept(path) {
  const { samples } = JSON.parse(readFileSync(path, "utf8"));
  const findings = judgeRun(afterWarmUp(samples));
  return explain(renderVerdict(findings), findings.every(({ isFlat }) => isFlat) ? 0 : 1);
}

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}

function explain(text, code) {
  (code === 2 ? console.error : console.log)(text);
  process.exitCode = code;
  return null;
}

async function leave() {
  await leaveNothing();
  process.exit(130);
}
