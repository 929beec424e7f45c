// What `npm test` runs: build, types, lint, every test, then a look for anything the suite left behind.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const run = randomBytes(3).toString("hex");
const scratch = mkdtempSync(join(tmpdir(), "overmind-report-"));
const failures = [];
let passed = 0;

async function checkRun(what, program, ...args) {
  const [code] = await once(spawn(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }), "close");
  check(what, code === 0);
}

const tool = (name) => join(root, "node_modules/.bin", name);

function check(what, isFine, details = []) {
  if (isFine) passed += 1;
  else failures.push([what, ...details].join("\n    "));
}

/** Runs vitest and counts from its own report; the report is missing when vitest itself broke. */
function runTests(args) {
  const report = join(scratch, "report.json");
  const env = { ...process.env, OVERMIND_TEST_RUN: run };
  // All that tests talk to is on loopback, and reading a bundle of certificates triples what each Node start costs.
  delete env.NODE_EXTRA_CA_CERTS;
  const words = [
    "run",
    "--root",
    root,
    "--config",
    "test/vitest.config.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(join(root, "node_modules/.bin/vitest"), [...words, ...args], { cwd: root, stdio: "inherit", env });
  const results = readReport(report);
  if (results === null) return check("vitest wrote no report", false);
  passed += results.numPassedTests;
  for (const file of results.testResults) collectFailures(file);
  check("vitest itself", status === 0 || failures.length > 0, ["it failed though no test did"]);
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

function collectFailures(file) {
  const path = relative(root, file.name);
  const failed = file.assertionResults.filter((test) => test.status === "failed");
  for (const test of failed) failures.push(`${path}: ${test.fullName}\n    ${firstLines(test.failureMessages.join("\n"))}`);
  if (failed.length === 0 && file.status === "failed") failures.push(`${path}: the file itself\n    ${firstLines(file.message)}`);
}

function firstLines(text) {
  return text.split("\n").slice(0, 6).join("\n    ");
}

/** Processes that carry this run's word in environment or command line. Zombies are dead. */
function leftProcesses() {
  if (process.platform !== "linux") return [];
  const word = [`OVERMIND_TEST_RUN=${run}`, `om-${run}-`];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const read = (file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, "latin1");
        } catch {
          return "";
        }
      };
      const command = read("cmdline").replaceAll("\0", " ");
      const isOurs = word.some((one) => command.includes(one) || read("environ").includes(one));
      const isZombie = /^\s*Z/.test(read("stat").split(")").at(-1) ?? "");
      return isOurs && !isZombie ? [`${pid} ${command}`] : [];
    });
}

/** Directories, sockets and tmux servers of this run all lie below one prefix. */
function leftFiles() {
  const places = [...new Set(["/tmp", tmpdir()])];
  return places.flatMap((place) =>
    readdirSync(place)
      .filter((name) => name.includes(`om-${run}-`))
      .map((name) => join(place, name)),
  );
}

await Promise.all([
  checkRun("the build", process.execPath, "scripts/build.mjs"),
  checkRun("the types (npm run types)", tool("tsc")),
  checkRun("format and lint (npm run lint)", tool("biome"), "check", "."),
  checkRun("the agents that the tests drive (node scripts/agents.mjs)", process.execPath, "scripts/agents.mjs"),
]);
runTests(process.argv.slice(2));
const [processes, files] = [leftProcesses(), leftFiles()];
check("no process is left", processes.length === 0, processes);
check("no file is left", files.length === 0, files);
rmSync(scratch, { recursive: true, force: true });

for (const failure of failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
