// `npm run bench`: measures speed and size against floors taken in the same run, and prints one table.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import * as adopt from "./adopt.bench.mjs";
import * as commands from "./commands.bench.mjs";
import * as finished from "./finished.bench.mjs";
import { leaveNothing, overmindPath, undoAll } from "./home.mjs";
import * as idle from "./idle.bench.mjs";
import * as live from "./live.bench.mjs";
import { describeCommit, describeMachine } from "./machine.mjs";
import { renderMarkdown } from "./markdown.mjs";
import * as millionLines from "./million-lines.bench.mjs";
import * as peers from "./peers.bench.mjs";
import * as pipeline from "./pipeline.bench.mjs";
import * as ready from "./ready.bench.mjs";
import * as restart from "./restart.bench.mjs";
import * as runWait from "./run-wait.bench.mjs";
import * as sessions from "./sessions.bench.mjs";
import * as shortMissions from "./short-missions.bench.mjs";
import { judge } from "./statistics.mjs";
import { renderTable } from "./table.mjs";
import * as validate from "./validate.bench.mjs";

const benchmarks = [
  commands,
  runWait,
  shortMissions,
  millionLines,
  idle,
  ready,
  restart,
  adopt,
  finished,
  live,
  sessions,
  validate,
  pipeline,
  peers,
];

const usage = `Usage: npm run bench -- [--only NAME]… [--quick] [--peers] [--markdown] [--json FILE] [--compare OLD.json]
  --only NAME      one of: ${benchmarks.map(({ name }) => name).join(", ")}
  --quick          fewer rounds, smaller numbers of missions
  --peers          fetches pm2 by npx where it is not installed; other peers come from the PATH
  --markdown       prints the tables that the README quotes
  --json FILE      writes every sample there, with machine and commit
  --compare FILE   adds what an older --json FILE said`;

const options = readArguments();
if (options !== null) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => void leave(signal));
  try {
    await main(options);
  } finally {
    await undoAll();
  }
}

async function main({ only, isQuick, mayFetch, asMarkdown, json, compare }) {
  const before =
    compare === undefined
      ? undefined
      : new Map(JSON.parse(readFileSync(compare, "utf8")).measures.map((measure) => [measure.id, measure]));
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const measures = [];
  const failures = [];
  for (const { name, run } of benchmarks.filter(({ name }) => only.length === 0 || only.includes(name))) {
    process.stderr.write(`${name} …\n`);
    try {
      measures.push(...(await run({ isQuick, mayFetch })).filter(({ samples }) => samples.length > 0).map(judge));
    } catch (error) {
      failures.push({ name, message: error.message });
    }
    await undoAll();
  }
  const report = { started_at: startedAt, ...describeCommit(), is_quick: isQuick, machine, measures, failures };
  console.log(asMarkdown ? renderMarkdown(report) : tableText(report, before));
  for (const { name, message } of failures) console.error(`${name} failed: ${message}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  // A missed target is a figure; a benchmark that could not be taken is a defect.
  if (failures.length > 0) process.exitCode = 1;
}

function tableText({ measures, machine }, before) {
  const environment = machine.node_environment;
  return [
    renderTable(measures, before),
    ...(environment.length > 0 ? [`Every Node here, the floor's too, started with: ${environment.join(", ")}`] : []),
    ...measures.flatMap(({ note }) => (note === undefined ? [] : ["", note])),
  ].join("\n");
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string", multiple: true, default: [] },
        markdown: { type: "boolean", default: false },
        peers: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        json: { type: "string" },
        compare: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return explain(usage, 0);
    const unknown = values.only.find((name) => benchmarks.every((benchmark) => benchmark.name !== name));
    if (unknown !== undefined) return explain(`There is no benchmark '${unknown}'.\n${usage}`, 2);
    if (!existsSync(join(dirname(overmindPath), "../dist/cli.cjs"))) return explain("Build it first: npm run build", 2);
    return {
      only: values.only,
      isQuick: values.quick,
      mayFetch: values.peers,
      asMarkdown: values.markdown,
      json: values.json,
      compare: values.compare,
    };
  } catch (error) {
    return explain(`${error.message}\n${usage}`, 2);
  }
}

function explain(text, code) {
  (code === 0 ? console.log : console.error)(text);
  process.exitCode = code;
  return null;
}

async function leave(signal) {
  process.stderr.write("\nending what was started …\n");
  await leaveNothing();
  process.exit(signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 129);
}
