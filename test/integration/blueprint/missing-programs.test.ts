import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());

const directory = join(home.home, "repo");
// Holds what the command line itself needs, and no agent, whoever runs this.
const programs = join(home.home, "programs");
const env = { PATH: programs };
const overmind = (...args: string[]) => home.run(args, { cwd: directory, env });
const write = (name: string, text: string) => writeFileSync(join(directory, name), text);

const team = `
[agents.plan]
provider = "codex"
prompt = "plan"

[agents.write]
provider = "codex"
prompt = "write"
depends_on = ["plan"]

[agents.talk]
provider = "acp"
argv = ["no-such-agent", "--acp"]
prompt = "hi"
depends_on = ["plan"]

[agents.own]
provider = "gemini"
prompt = "has a PATH of its own"
env = { PATH = "/opt/agents" }
depends_on = ["plan"]

[agents.build]
command = "no-such-tool-of-its-own"
depends_on = ["plan"]
`;

const warnings = [
  "Warning: team.toml: there is no program 'codex' on the PATH, so agents plan, write (codex) cannot start (program_not_found)",
  "Warning: team.toml: there is no program 'no-such-agent' on the PATH, so agent talk (acp) cannot start (program_not_found)",
];

describe("an agent of a blueprint whose program is not there", () => {
  beforeAll(async () => {
    mkdirSync(directory);
    mkdirSync(programs);
    symlinkSync(process.execPath, join(programs, "node"));
    write("team.toml", team);
    await home.run(["start"]);
  });

  it("is told by validate on stderr, and the blueprint holds nevertheless", async () => {
    const { code, stdout, stderr } = await overmind("validate", "team.toml");
    expect([code, stdout]).toEqual([0, "team.toml holds: 5 agents\n"]);
    expect(stderr.trimEnd().split("\n")).toEqual(warnings);
    const asJson = await overmind("validate", "--json", "team.toml");
    expect([asJson.code, JSON.parse(asJson.stdout)]).toEqual([0, { file: "team.toml", valid: true, agents: 5, problems: [] }]);
    expect(asJson.stderr).toBe(stderr);
  });

  it("is told no more once its program is on the PATH", async () => {
    const there = join(home.home, "there");
    mkdirSync(there);
    for (const name of ["codex", "no-such-agent"]) {
      writeFileSync(join(there, name), "#!/bin/sh\n");
      chmodSync(join(there, name), 0o755);
    }
    const path = `${there}:${env.PATH}`;
    const { code, stderr } = await home.run(["validate", "team.toml"], { cwd: directory, env: { PATH: path } });
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("is told by apply before it starts, and by why, ps and wait in one line", async () => {
    const { code, stderr } = await overmind("apply", "--wait", "--only", "plan", "team.toml");
    expect(code).toBe(1);
    expect(stderr).toContain("there is no program 'codex' on the PATH, so agent plan (codex) cannot start (program_not_found)\n");
    expect(stderr).not.toContain("no-such-agent");
    const [why] = (await overmind("why", "plan")).stdout.split("\n");
    expect(why).toMatch(
      /^plan crashed .*: its program was not found \(exit code 127\): exec codex: No such file or directory\. The pipeline team counts it as failed: its program was not found \(exit code 127\)\.$/,
    );
    const [whole] = (await overmind("why", "team")).stdout.split("\n");
    expect(whole).toMatch(/ Its agent plan \(mission \w+\) failed \(exit code 127\): its program was not found\.$/);
    expect((await overmind("ps")).stdout).toMatch(/^\w+ +plan .* crashed .* \(program not found\) plan$/m);
  });

  it("is told by doctor of the blueprint of this directory", async () => {
    const before = (await overmind("doctor")).stdout;
    expect(before).toMatch(/^ok +codex +not installed \(only needed to run it\)$/m);
    write("overmind.toml", team);
    const { stdout } = await overmind("doctor");
    expect(stdout).toMatch(
      /^warn +codex +not installed; overmind\.toml here needs it for plan, write\n +Install codex, or put /m,
    );
    expect(stdout).toMatch(/^ok +claude +not installed/m);
  });
});

describe("a command whose program is not there", () => {
  it("is told of in the same words", async () => {
    const { code, stderr } = await overmind("run", "--wait", "--name", "nothing", "--", "no-such-program", "x");
    expect(code).toBe(127);
    expect(stderr).toMatch(/^Mission \w+ could not be started: its program was not found\. More: overmind why \w+$/m);
    expect((await overmind("why", "nothing")).stdout).toMatch(
      /: its program was not found \(exit code 127\): exec no-such-program: /,
    );
    expect((await overmind("ps")).stdout).toMatch(/ \(program not found\) no-such-program x$/m);
  });

  it("is told from one that may not be run", async () => {
    const { code, stderr } = await overmind("run", "--wait", "--name", "locked", "--", "/etc/passwd");
    expect(code).toBe(126);
    expect(stderr).toMatch(/^Mission \w+ could not be started\. More: overmind why \w+$/m);
    expect((await overmind("why", "locked")).stdout).toMatch(/: it could not be started \(exit code 126\): .*Permission denied/);
    expect((await overmind("ps")).stdout).toMatch(/ \(could not be started\) \/etc\/passwd$/m);
  });
});
