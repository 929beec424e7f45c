// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { overmindPath } from "../../support/home.ts";
import { fail, say, shell } from "../../support/model-server/answer.ts";
import type { Finished } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";
import { patience, RealHome, type Seat } from "./real-home.ts";
import { agentTable, seatedBlueprint } from "./seated-blueprint.ts";

const home = new RealHome("claude");
const directories: string[] = [];
afterAll(async () => {
  await home.dispose();
  for (const directory of directories) rmSync(resolve(directory, ".."), { recursive: true });
});

/** Applies a blueprint with such flags. */
async function applied(flags: readonly string[], name: string, ...tables: readonly string[]): Promise<Finished> {
  const cwd = seatedBlueprint(name, tables);
  directories.push(cwd);
  return home.run(["apply", ...flags], { cwd, timeoutMs: patience.timeoutMs });
}

const told = ({ model }: Seat): string => model.requests.flatMap(({ userTexts }) => userTexts).join("\n");
/** What would come to pieces anywhere on its way through a shell. */
const awkward = 'Say "it\'s $(echo done)" & `more`';

describe.concurrent("a blueprint of real agents", () => {
  it("hands what each says on to the next, whatever it is", async () => {
    const claude = await home.seat([say(awkward)]);
    const codex = await home.seat([say("The code.")], "codex");
    const gemini = await home.seat([say("No bugs.")], "gemini");
    const opencode = await home.seat([say("No typos.")], "opencode");
    const { code } = await applied(
      ["--wait"],
      "chain",
      agentTable("plan", claude, 'prompt = "Make a plan."'),
      agentTable("code", codex, 'prompt = "Follow: ${agents.plan.result}"\ndepends_on = ["plan"]'),
      agentTable("bugs", gemini, 'prompt = "Look at: ${agents.code.result}"\ndepends_on = ["code"]'),
      agentTable("typos", opencode, 'prompt = "Read: ${agents.code.result}"\ndepends_on = ["code"]'),
      '[agents.sum]\ncommand = "echo \\"${agents.bugs.result} ${agents.typos.result} ${agents.plan.result}\\""\ndepends_on = ["bugs", "typos"]',
    );
    expect(await home.logs("chain")).toContain("pipeline completed");
    expect(code).toBe(0);
    expect(told(codex)).toContain(`Follow: ${awkward}`);
    expect([told(gemini), told(opencode)]).toEqual([
      expect.stringContaining("Look at: The code."),
      expect.stringContaining("Read: The code."),
    ]);
    expect(await home.logs("sum")).toBe(`No bugs. No typos. ${awkward}\n`);
  });

  it("gives a session what failed until it passes, while another answers a command beside a service", async () => {
    const claude = await home.seat([say("It is there."), shell("touch made"), say("Now it is.")]);
    const codex = await home.seat([say("I saw it.")], "codex");
    await applied(
      [],
      "talking",
      '[agents.server]\ntype = "service"\ncommand = "echo up; exec sleep 600"\nready = { log = "up", timeout = 60 }',
      agentTable("helper", codex, 'type = "session"\ndepends_on = { server = "ready" }'),
      agentTable(
        "make",
        claude,
        `type = "session"\nprompt = "Make it."\nallow_tools = ["Bash"]\nverify = "test -f made"\nverify_rounds = 2\ndepends_on = { server = "ready" }`,
      ),
      `[agents.ask]\ncommand = "${overmindPath} send --wait helper \\"\${agents.make.result}\\""\ndepends_on = ["make", "helper"]`,
    );
    await until("the command's answer", async () => /agent 'ask' (completed|failed)/.test(await home.logs("talking")), {
      ...patience,
      seen: () => home.logs("talking"),
    });
    await home.run(["down", "talking"]);
    expect(await home.logs("talking")).toContain("gets `test -f made` back, round 1 of 2");
    expect(existsSync(join(claude.directory, "made"))).toBe(true);
    expect(told(claude)).toContain("The check `test -f made` failed with exit code 1.");
    expect(told(codex)).toContain("Now it is.");
    expect(await home.logs("ask")).toBe("I saw it.\n");
  });

  it("ends with what its model said where one of them may not use it", async () => {
    const seat = await home.seat([fail(401)]);
    const { code, stdout } = await applied(
      ["--wait"],
      "barred",
      agentTable("plan", seat, 'prompt = "Make a plan."'),
      '[agents.never]\ncommand = "true"\ndepends_on = ["plan"]',
    );
    expect(code).toBe(1);
    expect(stdout).toContain("crashed (exit code 1)");
    expect(await home.logs("barred")).toMatch(/agent 'plan' failed: .*exit code 1, auth: .*401/);
  });
});
