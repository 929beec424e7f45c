import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { agent, uniqueTag } from "../support/agent.ts";
import { freshDirectory, type Home, startHome } from "../support/home.ts";
import { commandsWith } from "../support/processes.ts";
import { seededRandom } from "../support/random.ts";

const kills = 50;
const printers = 10;
const seed = Number(process.env["TEST_SEED"] ?? 20261121);
const home = startHome();
const scratch = startHome({ at: freshDirectory() });
afterAll(async () => {
  await home.dispose();
  await scratch.dispose();
});

/** The mission of every start of an agent, as the agents themselves noted it. */
function startsIn(file: string): string[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");
}

describe(`a daemon that is SIGKILLed ${kills} times at random moments (TEST_SEED=${seed})`, () => {
  it("loses no agent, no number and no exit code, and runs nothing twice", async () => {
    const random = seededRandom(seed);
    const tag = uniqueTag();
    const starts = join(scratch.home, "starts");
    const printing = await startPrinters(home, tag, starts);
    const pids = new Map<string, number>();
    for (const id of printing) {
      await home.printed(id, "ready");
      pids.set(id, await home.agentPid(id));
    }
    const enders = new Map<string, number>();
    for (let round = 0; round < kills; round += 1) {
      const code = 1 + Math.floor(random() * 120);
      const runFor = Math.floor(random() * 150);
      const flags = ["--quiet", "--tag", tag, "--starts", starts, "--run-for", runFor, "--exit-code", code];
      const { id } = await home.ask("run", { argv: agent(...flags), cwd: "/", env: agentEnvironment() });
      enders.set(id, code);
      await pause(random() * 120);
      await home.killDaemon("SIGKILL");
      await pause(random() * 60);
      await start(home);
      for (const id of printing) expect(await home.info(id)).toMatchObject({ status: "running", os_pid: pids.get(id) });
    }
    for (const [id, code] of enders)
      expect(await home.wait(id), id).toMatchObject({ exit_code: code, status: "crashed", reason: "failed" });
    for (const id of printing) await home.ask("stop", { id });
    for (const id of printing) expect(await missingNumbers(home, id)).toEqual([]);
    expect(startsIn(starts).toSorted()).toEqual([...printing, ...enders.keys()].toSorted());
    expect(commandsWith(tag)).toEqual([]);
  });
});

function agentEnvironment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", OVERMIND_TEST_RUN: process.env["OVERMIND_TEST_RUN"] ?? "" };
}

async function startPrinters(where: Home, tag: string, starts: string): Promise<string[]> {
  await start(where);
  const flags = ["--print-every", 5, "--tag", tag, "--starts", starts];
  const wanted = { argv: agent(...flags), cwd: "/", env: agentEnvironment() };
  const made = await Promise.all(Array.from({ length: printers }, () => where.ask("run", wanted)));
  return made.map(({ id }) => id);
}

async function start(where: Home): Promise<void> {
  const { code, stderr } = await where.run(["start"]);
  if (code !== 0) throw new Error(`overmind start: ${stderr}`);
}

/** Lines that are not exactly 1, 2, 3 ... in order, with their place. */
async function missingNumbers(where: Home, id: string): Promise<string[]> {
  const [, ...lines] = (await where.run(["logs", id])).stdout.trimEnd().split("\n");
  if (lines.length < 100) return [`only ${lines.length} lines`];
  return lines.flatMap((line, index) => (line === String(index + 1) ? [] : [`${index + 1}: ${line}`])).slice(0, 5);
}

/** A random moment is what is tested here, so for once time itself is waited for. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
