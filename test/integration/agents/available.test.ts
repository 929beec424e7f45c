import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { uniqueTag } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { commandsWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const home = startHome();
// As nvm has it: a number in its path is no version of a program that tells none.
const bin = join(home.home, "v22.1.0", "bin");
const other = join(home.home, "other");
const tag = uniqueTag();
for (const directory of [bin, other]) mkdirSync(directory, { recursive: true });
afterAll(() => home.dispose());

function program(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

for (const directory of [bin, other]) program(join(directory, "claude"), "echo '2.1.329 (Claude Code)'");
// It hangs, and so does what it has started, which holds its output open.
program(join(bin, "codex"), `perl -e 'sleep 7000' ${tag} & perl -e 'sleep 7000' ${tag}`);
program(join(bin, "gemini"), "echo broken >&2; exit 1");

describe("overmind agents-available", () => {
  it("tells of each kind whether it is found, its version and what it can do, within a bound", async () => {
    const startedAt = performance.now();
    const { code, stdout } = await home.shell(`PATH=${bin}:$PATH overmind agents-available --json`);
    expect(code).toBe(0);
    const agents = JSON.parse(stdout);
    const byName = Object.fromEntries(agents.map((agent: { provider: string }) => [agent.provider, agent]));
    expect(Object.keys(byName)).toEqual(["raw", "claude", "codex", "gemini", "opencode", "acp"]);
    expect(byName.claude).toMatchObject({
      available: true,
      program: join(bin, "claude"),
      version: "2.1.329",
      resume: true,
      cost: true,
    });
    expect(byName.claude.flags).toContain("max-turns");
    expect(byName.codex).toMatchObject({ available: true, program: join(bin, "codex"), version: null, session: "json-rpc" });
    expect(byName.gemini).toMatchObject({ available: true, version: null });
    expect(byName.raw).toMatchObject({ available: true, needs_command: true, program: null });
    // A killed process is still there for a moment after the signal.
    await until("what codex had started to be gone", () => commandsWith(tag).length === 0);
    expect(commandsWith(tag)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(40_000);
  });

  it("shows a table, also of what is not there", async () => {
    const { stdout } = await home.run(["agents-available"], { env: { PATH: `${other}:/usr/bin:/bin` } });
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(
      /^PROVIDER +VERSION +SESSION +RESUME +STREAMS +ASKS +INTERRUPT +USAGE +COST +ATTACH +FLAGS +PROGRAM$/,
    );
    expect(lines.find((line) => line.startsWith("claude"))).toMatch(
      /^claude +2\.1\.329 +json lines +yes +task,session +task,session/,
    );
    expect(lines.find((line) => line.startsWith("opencode"))).toMatch(/^opencode +not found /);
  });

  it("answers over the socket for the PATH that is asked about", async () => {
    await home.run(["start"]);
    const agents = await home.ask("agents-available", { path: join(home.home, "empty") });
    expect(agents.filter(({ available }: { available: boolean }) => available)).toMatchObject([
      { provider: "raw" },
      { provider: "acp" },
    ]);
    await expect(home.ask("agents-available", { path: 7 })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});
