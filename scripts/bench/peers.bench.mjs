// The same work under other supervisors, where they are installed. Jobs and services tell of themselves in a file, so
// that nobody is measured by what he says of himself.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDirectory, plainEnvironment } from "./home.mjs";
import * as overmind from "./peers/overmind.mjs";
import * as pm2 from "./peers/pm2.mjs";
import { runit, s6 } from "./peers/service-directories.mjs";
import * as supervisord from "./peers/supervisord.mjs";
import * as taskSpooler from "./peers/task-spooler.mjs";
import { hasProc, memoryOf, nameOf, processesMarked } from "./processes.mjs";
import { pause } from "./timing.mjs";

export const name = "peers";

const all = [overmind, pm2, supervisord, runit, s6, taskSpooler];
const serviceCount = 10;
const longestMs = 60_000;
// runit and s6 wait a second before they restart what lived shorter.
const settleMs = 1300;

export async function run({ isQuick, mayFetch }) {
  if (!hasProc) return [];
  const measures = [];
  for (const peer of all) {
    const program = await peer.find({ mayFetch });
    if (program === null) process.stderr.write(`  ${peer.name} is not installed: left out\n`);
    else measures.push(...(await measurePeer(peer, program, isQuick).catch(leftOut(peer))));
  }
  return measures;
}

// What another's program does amiss says nothing of the rest.
const leftOut = (peer) => (error) => {
  if (peer === overmind) throw error;
  process.stderr.write(`  ${peer.name} is left out: ${error.message}\n`);
  return [];
};

async function measurePeer(peer, program, isQuick) {
  const directory = freshDirectory();
  const work = workIn(directory, isQuick ? 30 : 100);
  const mark = `BENCH_PEER=${directory}`;
  const env = { ...plainEnvironment(), BENCH_PEER: directory };
  const opened = await peer.open(program, directory, env, work);
  const marks = opened.marks ?? [mark];
  const samples = { jobs: [], restart: [], memory: [] };
  try {
    const startedAt = performance.now();
    const told = untilTold(work.jobsFile, (text) => text.length >= work.count);
    await Promise.all([
      opened.startJobs(work.job, work.count),
      told.then(() => samples.jobs.push(performance.now() - startedAt)),
    ]);
    if (opened.startServices !== undefined) {
      await opened.startServices(work.services);
      await untilTold(work.servicesFile, (text) => text.split("\n").length > serviceCount);
      samples.memory.push(supervisorKb(marks));
      for (let round = 0; round < (isQuick ? 3 : 10); round += 1) samples.restart.push(await restartOne(work));
    }
  } finally {
    await opened.close();
    await endMarked(marks);
  }
  return measuresOf(peer.name, work.count, samples);
}

/** A job tells of itself by a byte, a service by its pid. */
function workIn(directory, count) {
  const jobsFile = join(directory, "jobs");
  const servicesFile = join(directory, "pids");
  for (const file of [jobsFile, servicesFile]) writeFileSync(file, "");
  const job = join(directory, "job.sh");
  const service = join(directory, "service.sh");
  appendFileSync(job, `printf x >> ${jobsFile}\n`);
  appendFileSync(service, `echo $$ >> ${servicesFile}\nexec sleep 100000\n`);
  const services = Array.from({ length: serviceCount }, () => ["/bin/sh", service]);
  return { job: ["/bin/sh", job], count, services, jobsFile, servicesFile };
}

async function restartOne({ servicesFile }) {
  await pause(settleMs);
  const before = readFileSync(servicesFile, "utf8");
  const pid = Number(before.trim().split("\n").at(-1));
  const startedAt = performance.now();
  process.kill(pid, "SIGKILL");
  await untilTold(servicesFile, (text) => text.length > before.length);
  return performance.now() - startedAt;
}

async function untilTold(file, isEnough) {
  const until = performance.now() + longestMs;
  while (!isEnough(readFileSync(file, "latin1"))) {
    if (performance.now() > until) throw new Error(`not done within ${longestMs / 1000} s`);
    await pause(1);
  }
}

/** What the supervisor itself holds, by fair shares; the services are sleeps. */
function supervisorKb(marks) {
  const own = processesMarked(marks).filter((pid) => nameOf(pid) !== "sleep");
  return own.reduce((sum, pid) => sum + memoryOf(pid).pss, 0);
}

async function endMarked(marks) {
  for (let pids = processesMarked(marks); pids.length > 0; pids = processesMarked(marks)) {
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself meanwhile.
      }
    }
    await pause(20);
  }
}

function measuresOf(peer, count, { jobs, restart, memory }) {
  const measure = (part, column, unit, samples) => ({
    id: `peer_${peer}_${part}`,
    title: part === "jobs" ? `${peer}: ${column}` : `... ${column}`,
    unit,
    samples,
    matrix: { table: "peers", row: peer, column: `${column}, ${unit}` },
  });
  return [
    measure("jobs", `${count} short jobs done`, "ms", jobs),
    measure("restart", "service killed -> the next runs", "ms", restart),
    measure("memory", `memory with ${serviceCount} idle services`, "kB", memory),
  ];
}
