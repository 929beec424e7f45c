// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { callsIn } from "../agents/fake-home.ts";
import { AgentPipelineHome, toldIn } from "./agent-pipelines.ts";
import { linesIn } from "./pipeline-home.ts";

const home = new AgentPipelineHome();
afterAll(() => home.dispose());

const stateOf = (directory: string) => `${directory}/state`;
/** How often an agent was given a failed check back. */
const complaints = (directory: string) => toldIn(directory).filter((message) => message.startsWith("The check")).length;
/** Passes once the agent was told so often that it fails. */
const passesAfter = (rounds: number) =>
  `echo run >> checks; [ \\"$(cat state/conversation-* | grep -c 'The check')\\" = ${rounds} ] || { echo not yet; exit 4; }`;

describe("a session in a blueprint", () => {
  it("completes with its prompt's turn, stays up for those after it, and ends with the pipeline", async () => {
    const directory = home.withAgents(
      `[agents.helper]
type = "session"
provider = "claude"
prompt = "say prepared"
[agents.work]
command = "overmind send --wait helper \${agents.helper.result} and more"
depends_on = ["helper"]`,
      "helped",
    );
    await home.ok(directory, "apply", "--wait");
    expect(await home.logs("work")).toBe("2: prepared and more\n");
    expect(await home.info("helper")).toMatchObject({ type: "session", status: "stopped", reason: "group" });
    expect(callsIn(stateOf(directory))).toHaveLength(1);
    expect((await home.run(["graph", "helped"])).stdout).toContain("helper (session, completed)");
  });

  it("without a prompt is ready when it is up, and holds nobody up", async () => {
    const directory = home.withAgents(
      `[agents.echo]
type = "session"
[agents.idle]
type = "session"
provider = "claude"
[agents.work]
command = "overmind send --wait echo hello; overmind send --wait idle hello"
depends_on = ["echo", "idle"]
[agents.last]
command = "overmind send --wait echo bye"
finally = true`,
      "waiting",
    );
    await home.ok(directory, "apply", "--wait");
    expect(await home.logs("work")).toBe("hello\n1: hello\n");
    expect(await home.logs("last")).toBe("bye\n");
    expect(await home.info("echo")).toMatchObject({ type: "session", status: "stopped", reason: "group" });
  });

  it("alone without a prompt stays up until it is taken down", async () => {
    const id = await home.apply(home.withAgents('[agents.alone]\ntype = "session"\nprovider = "claude"', "only"));
    expect((await home.run(["send", "--wait", "alone", "hi"])).stdout).toBe("1: hi\n");
    expect(await home.info(id)).toMatchObject({ status: "running" });
    await home.run(["down", "only"]);
    expect(await home.info("alone")).toMatchObject({ status: "stopped" });
  });

  it("fails its pipeline when the agent dies within the prompt's turn, also where it starts again", async () => {
    for (const restart of ["never", "on-failure"]) {
      const directory = home.withAgents(
        `[agents.dies]\ntype = "session"\nprovider = "claude"\nprompt = "die"\nrestart = "${restart}"\nbackoff = 0`,
        `dies-${restart}`,
      );
      const { stdout } = await home.run(["apply", "--wait"], { cwd: directory });
      expect(stdout).toContain("crashed (exit code 1)");
      expect(await home.logs(`dies-${restart}`)).toMatch(/agent 'dies' failed: .*it(s agent)? ended before it had answered/);
      expect(await home.agents((await home.info(`dies-${restart}`)).id)).toHaveLength(1);
      expect(toldIn(directory)).toEqual(["die"]);
    }
  });
});

describe("a failed verify of a session", () => {
  const checked = (rounds: number, verify: string, delay = 0) => `[agents.fix]
type = "session"
provider = "claude"
prompt = "write it"
verify = ["true", "${verify}"]
verify_rounds = ${rounds}
env = { FAKE_DELAY = "${delay}" }
[agents.after]
command = "echo \\"\${agents.fix.result}\\" | head -n 1"
depends_on = ["fix"]`;

  it("is its next message, with what it printed, until the check passes", async () => {
    const directory = home.withAgents(checked(3, passesAfter(2)), "fixed");
    await home.ok(directory, "apply", "--wait");
    expect([complaints(directory), linesIn(directory, "checks").length]).toEqual([2, 3]);
    expect(toldIn(directory)[1]).toMatch(
      /failed with exit code 4\. Put right what is wrong: it will be run again\.\n\nIt printed:\nnot yet\n/,
    );
    // The result is the last answer.
    expect(await home.logs("after")).toMatch(/^3: The check `/);
  });

  it("goes to every kind of agent that holds a session", async () => {
    const text = checked(1, passesAfter(1)).replace('provider = "claude"', 'provider = "codex"');
    const directory = home.withAgents(text, "codex-fixed");
    await home.ok(directory, "apply", "--wait");
    expect(complaints(directory)).toBe(1);
  });

  it("fails the agent when the rounds are used up, and ends it", async () => {
    const directory = home.withAgents(checked(2, "head -c 100000 /dev/zero | tr '\\\\000' 'x\\\\n'; exit 1"), "unfixed");
    expect((await home.run(["apply", "--wait"], { cwd: directory })).code).toBe(1);
    expect(complaints(directory)).toBe(2);
    expect(await home.logs("unfixed")).toMatch(/agent 'fix' failed: .*exit code 1, `head .*` failed after 2 rounds/);
    expect(await home.info("fix")).toMatchObject({ status: "stopped", reason: "group" });
    expect(toldIn(directory).join("").length).toBeLessThan(60_000);
  });

  it("is sent once, whenever the daemon is killed between the rounds", async () => {
    const directory = home.withAgents(checked(3, `sleep 0.3; ${passesAfter(3)}`, 300), "killed");
    const id = await home.apply(directory);
    const agent = (await home.agents(id))[0]?.id;
    for (let kills = 0; kills < 9 && (await home.info(id)).status === "running"; kills += 1) {
      const seen = (await home.run(["logs", id])).stdout.length;
      await home.killDaemon();
      await home.run(["start"]);
      await until("the pipeline to go on", async () => {
        const { status } = await home.info(id);
        return status !== "running" || (await home.logs(id)).length > seen;
      });
    }
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    expect([complaints(directory), linesIn(directory, "checks").length]).toEqual([3, 4]);
    expect(toldIn(directory).filter((message) => message === "write it")).toHaveLength(1);
    expect([agent, callsIn(stateOf(directory)).length]).toEqual([(await home.info("fix")).id, 1]);
  });
});

describe("a pipeline with a session", () => {
  const held = (name: string, prompt: string) =>
    home.withAgents(
      `[agents.talk]
type = "session"
provider = "claude"
prompt = "${prompt}"
verify = "sleep 600"
verify_rounds = 2
[agents.after]
command = "echo ran >> marks"
depends_on = ["talk"]`,
      name,
    );

  it.each([
    ["stop", "within the turn", "hang"],
    ["kill", "within the turn", "hang"],
    ["stop", "while the answer is checked", "say done"],
    ["kill", "while the answer is checked", "say done"],
  ])("leaves nothing behind after %s %s", async (how, phase, prompt) => {
    const name = `${how}-${prompt.split(" ")[0]}`;
    const directory = held(name, prompt);
    const id = await home.apply(directory);
    await until(`the pipeline to be ${phase}`, async () => {
      const agents = await home.agents(id);
      return agents.length === (prompt === "hang" ? 1 : 2) && agents.every(({ status }) => status === "running");
    });
    await home.run([how, ...(how === "kill" ? ["--cascade"] : []), id]);
    expect((await home.wait(id)).status).toBe(how === "kill" ? "killed" : "stopped");
    if (how === "stop") expect((await home.run(["graph", id])).stdout).toContain("talk (session, stopped)");
    await until("its agents to be gone", async () => (await home.agents(id)).every(({ os_pid }) => os_pid === null));
    expect(linesIn(directory)).toEqual([]);
  });

  it("is completed by a retry of what failed, with what agents answered before", async () => {
    const directory = home.withAgents(
      `[agents.plan]
provider = "claude"
prompt = "say the plan"
[agents.fix]
type = "session"
provider = "claude"
prompt = "do \${agents.plan.result}"
depends_on = ["plan"]
verify = "test -e fixed"
[agents.print]
command = "echo \\"\${agents.fix.result}\\""
depends_on = ["fix"]`,
      "retried",
    );
    expect((await home.run(["apply", "--wait"], { cwd: directory })).code).toBe(1);
    writeFileSync(join(directory, "fixed"), "");
    await home.ok(directory, "retry", "--failed", "--wait", "retried");
    expect(await home.logs("print")).toBe("1: do the plan\n");
    expect(toldIn(directory).sort()).toEqual(["do the plan", "do the plan", "say the plan"]);
  });

  it("starts a session that stays up again where its table changed, and no other", async () => {
    const text = (model: string) => `[agents.a]
type = "session"
provider = "claude"
model = "${model}"
[agents.b]
type = "session"
provider = "claude"
[agents.kept]
type = "service"
command = "exec sleep 1000"`;
    const directory = home.withAgents(text("one"), "changed");
    const id = await home.apply(directory);
    const idsOf = async () => Object.fromEntries((await home.agents(id)).map((agent) => [agent.name, agent.id]));
    await until("all to run", async () => (await home.agents(id)).filter(({ status }) => status === "running").length === 3);
    const before = await idsOf();
    home.rewrite(directory, readFileSync(join(directory, "overmind.toml"), "utf8").replace('"one"', '"two"'));
    expect(await home.ok(directory, "apply")).toMatch(/a +restarted.*model changed/);
    const isNew = async () => (await home.info("a")).model === "two" && (await home.info("a")).status === "running";
    await until("the changed one to run", isNew);
    const after = await idsOf();
    expect([after["b"], after["kept"]]).toEqual([before["b"], before["kept"]]);
    await home.ok(directory, "down", "changed");
  });
});
