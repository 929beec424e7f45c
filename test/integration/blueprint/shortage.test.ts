import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { freshDirectory, type Home, startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

let home: Home;
let scratch: string;
const endings: (() => void)[] = [];
afterEach(async () => {
  await home.dispose();
  for (const end of endings.splice(0).reverse()) end();
});

/** Applies two agents in parallel, of which each waits for a file, and one that comes after them. */
async function applied(): Promise<string> {
  await home.run(["start"]);
  scratch = freshDirectory();
  endings.push(() => rmSync(scratch, { recursive: true, force: true }));
  const waits = (name: string) => `until [ -e '${scratch}/${name}' ]; do sleep 0.05; done; echo ${name} >> '${scratch}/marks'`;
  const agents = [`[agents.a]\ncommand = "${waits("a")}"`, `[agents.b]\ncommand = "${waits("b")}"`];
  writeFileSync(join(scratch, "team.toml"), `${agents.join("\n")}\n[agents.c]\ncommand = "true"\ndepends_on = ["a", "b"]\n`);
  const { id } = await home.ask("apply", { path: join(scratch, "team.toml"), name: "team", env: process.env });
  for (const name of ["a", "b"]) await home.agentPid(name);
  return id;
}

const open = (name: string) => writeFileSync(join(scratch, name), "");
const ended = (name: string) => until(`the end of ${name}`, async () => (await home.info(name)).status === "stopped");

describe("a pipeline", () => {
  it.skipIf(process.platform !== "linux")("outlives a daemon that has no descriptor left for a moment", async () => {
    home = startHome();
    const id = await applied();
    const pid = (await home.daemonPid()) ?? 0;
    const limit = (count: number) => execFileSync("prlimit", ["--pid", String(pid), `--nofile=${count}:`]);
    // A connection needs one itself: it is made before.
    const client = await home.client();
    await client.ping();
    limit(3);
    open("a");
    await until("the end of a", async () => (await client.info("a")).status === "stopped");
    limit(4096);
    open("b");
    await ended("b");
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    const log = await home.logs(id);
    for (const name of ["a", "b", "c"]) expect(log).toContain(`agent '${name}' completed`);
  });
});
