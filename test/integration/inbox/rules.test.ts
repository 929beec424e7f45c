import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AskingHome } from "./asking-home.ts";

const rules = `
[[approvals]]
tool = "Bash"
match = "npm test*"
answer = "allow"

[[approvals]]
tool = "Bash"
match = "*"
label = "trust=none"
answer = "deny"
message = "not in this house"

[[approvals]]
tool = "WebFetch"
mission = "web-*"
answer = "allow"

[[hooks]]
on = "mission.asked"
run = "cat >> asked"
`;
const home = new AskingHome(rules);
afterAll(() => home.dispose());

const bash = (command: string) => ({ tool: "Bash", input: { command } });

describe("rules of config.toml", () => {
  it("answer by themselves, on record with which rule, without the mission waiting", async () => {
    const { id, answers } = await home.task([bash("npm test -- --bail"), bash("ls")], "--label", "trust=none");
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toMatchObject([{ behavior: "allow" }, { behavior: "deny", message: "not in this house" }]);
    const answered = await home.events(id, "mission.answered");
    expect(answered.map(({ by }) => by)).toEqual(["rule: approvals[0] Bash(npm test*)", "rule: approvals[1] Bash(*)"]);
    expect(await home.events(id, "mission.waiting")).toEqual([]);
    expect((await home.run(["why", id])).stdout).toContain("Bash was allowed by the rule approvals[0] Bash(npm test*).");
  });

  it("do not allow what hides behind an allowed command", async () => {
    const { id, answers } = await home.task([bash("npm test; rm -rf ~"), { tool: "WebFetch", input: { url: "https://x.org" } }]);
    const pending = await home.pending(id, 2);
    expect(pending.map(({ tool }) => tool)).toEqual(["Bash", "WebFetch"]);
    expect(answers()).toEqual([]);
    await home.run(["kill", id]);
  });

  it("of a mission of its own come first", async () => {
    const { flags, answers } = home.asks([bash("npm test"), bash("ls")]);
    const env = Object.fromEntries([...Object.entries(home.env), (flags[3] ?? "").split("=")]);
    const approvals = [{ tool: "Bash", match: "npm *", answer: "deny", message: "mine" }];
    const prompt = flags.at(-1);
    const asked = { provider: "claude", prompt, env, cwd: "/", on_ask: "deny" };
    const { id } = await home.ask("run", { ...asked, approvals });
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toMatchObject([{ behavior: "deny", message: "mine" }, { behavior: "deny" }]);
    const [first] = await home.events(id, "mission.answered");
    expect(first).toMatchObject({ by: "rule: own approvals[0] Bash(npm *)" });
    for (const wrong of [
      [{ tool: "Bash", matches: "x", answer: "allow" }],
      [{ answer: "allow" }],
      [{ tool: "x", answer: "yes" }],
    ])
      await expect(home.ask("run", { ...asked, approvals: wrong })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("come before --on-ask deny", async () => {
    const { id, answers } = await home.task([bash("npm test"), bash("make")], "--on-ask", "deny");
    await home.wait(id);
    expect(answers()).toMatchObject([{ behavior: "allow" }, { behavior: "deny" }]);
  });

  it("are taken as the file changes, for what is asked from then on", async () => {
    const { id, answers } = await home.task([bash("make")], "--type", "session");
    await home.pending(id);
    const rule = '[[approvals]]\ntool = "Bash"\nmatch = "make*"\nanswer = "allow"\n';
    home.configure(`${rules}${rule}`);
    await until("the new rule to be in force", async () =>
      JSON.stringify((await home.ask("config")).values["approvals"].value).includes("allow Bash(make*)"),
    );
    expect(answers()).toEqual([]);
    await home.answer(id, "deny");
    await home.run(["send", "--wait", id, JSON.stringify([bash("make all")])]);
    expect(answers()).toMatchObject([{ behavior: "deny" }, { behavior: "allow" }]);
    await home.run(["kill", id]);
  });

  it("with a mistake are refused with a suggestion, and the last good ones stay", async () => {
    home.configure(`${rules}[[approvals]]\ntool = "Bash"\nmatches = "x"\nanswer = "allow"\n`);
    const status = await until("the mistake to be seen", async () => (await home.ask("status")).config_error);
    expect(status).toContain("did you mean `approvals[3].match`?");
    const { id, answers } = await home.task([bash("npm test")]);
    await home.wait(id);
    expect(answers()).toMatchObject([{ behavior: "allow" }]);
    home.configure(rules);
    await until("the good file to be taken", async () => (await home.ask("status")).config_error === null);
  });

  it("and hooks: whoever wants to know is told of each request", async () => {
    const { id } = await home.task([bash("make")]);
    await home.pending(id);
    const told = join(home.home, "asked");
    const line = await until("the hook", () =>
      existsSync(told)
        ? readFileSync(told, "utf8")
            .split("\n")
            .find((one) => one.includes(id))
        : undefined,
    );
    expect(JSON.parse(line)).toMatchObject({ type: "mission.asked", mission: id, data: { what: "make", tool: "Bash" } });
    await home.run(["kill", id]);
  });
});
