import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AskingHome } from "./asking-home.ts";

const home = new AskingHome();
afterAll(() => home.dispose());

const ls = { tool: "Bash", input: { command: "ls -l" } };
const edit = { tool: "Edit", input: { file_path: "/src/a.ts", new_string: "x" } };
const acpOptions = [
  { optionId: "yes", name: "Allow", kind: "allow_once" },
  { optionId: "yes-always", name: "Always", kind: "allow_always" },
  { optionId: "no", name: "Reject", kind: "reject_once" },
];

describe("what an agent asks", () => {
  it("puts its mission in waiting, with exactly what is asked, and goes on once it is allowed", async () => {
    const { id, answers } = await home.task([ls], "--name", "asker");
    const [request] = await home.pending(id);
    expect(request).toMatchObject({ kind: "permission", tool: "Bash", input: ls.input, what: "ls -l", in_doubt: null });
    expect(await home.info(id)).toMatchObject({ status: "waiting", waiting_for: "answer", until: null });
    expect((await home.run(["ps"])).stdout).toMatch(/asker +task +waiting/);
    expect((await home.run(["wait", "--for", "waiting", id])).code).toBe(0);
    const why = (await home.run(["why", id])).stdout;
    expect(why).toContain("Bash: ls -l");
    expect(why).toContain("overmind answer asker allow|deny");
    const { code, stdout } = await home.answer("asker", "allow");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Allowed Bash of asker (${request?.request_id})\n` });
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "completed" });
    expect(answers()).toEqual([{ behavior: "allow", updatedInput: ls.input }]);
    const [asked] = await home.events(id, "mission.asked");
    expect(asked).toMatchObject({ request_id: request?.request_id, tool: "Bash", input: ls.input, what: "ls -l" });
    const [answered] = await home.events(id, "mission.answered");
    expect(answered).toMatchObject({ request_id: request?.request_id, decision: "allow", by: "cli", is_edited: false });
    expect(await home.events(id, "mission.waiting")).toMatchObject([{ waiting_for: "answer", note: "Bash: ls -l" }]);
    expect(await home.events(id, "mission.resumed")).toHaveLength(1);
    expect(await home.info(id)).toMatchObject({ pending: [], waiting_for: null });
  });

  it("is denied with a message, and allowed with other input", async () => {
    const denied = await home.task([ls]);
    await home.pending(denied.id);
    expect((await home.answer(denied.id, "deny", "--message", "not here")).stdout).toContain("Denied Bash");
    await home.wait(denied.id);
    expect(denied.answers()).toEqual([{ behavior: "deny", message: "not here" }]);
    expect((await home.run(["why", denied.id])).stdout).toContain("Bash was denied by the command line: not here.");
    const edited = await home.task([ls]);
    await home.pending(edited.id);
    for (const input of ["{no", "[1]", "3"]) {
      const { code, stderr } = await home.answer(edited.id, "allow", "--input", input);
      expect({ code: code !== 0, says: stderr.includes("input") }).toEqual({ code: true, says: true });
    }
    expect((await home.answer(edited.id, "deny", "--input", "{}")).code).toBe(1);
    const answer = await home.answer(edited.id, "allow", "--input", '{"command":"ls"}', "--json");
    expect(JSON.parse(answer.stdout)).toMatchObject({ id: edited.id, tool: "Bash", decision: "allow", delivery: "written" });
    await home.wait(edited.id);
    expect(edited.answers()).toEqual([{ behavior: "allow", updatedInput: { command: "ls" } }]);
    expect(await home.events(edited.id, "mission.answered")).toMatchObject([{ is_edited: true }]);
  });

  it("may be several things: each is named, and the mission waits for the last", async () => {
    const { id, answers } = await home.task([ls, edit], "--name", "two");
    const [first, second] = await home.pending(id, 2);
    const unnamed = await home.answer(id, "allow");
    expect(unnamed.code).toBe(1);
    for (const request of [first, second]) expect(unnamed.stderr).toContain(request?.request_id);
    const { stdout } = await home.run(["inbox", "two"]);
    expect(stdout).toContain("/src/a.ts");
    expect((await home.answer(id, second?.request_id.slice(0, 8) ?? "", "deny")).code).toBe(0);
    expect((await home.pending(id))[0]?.request_id).toBe(first?.request_id);
    expect((await home.answer(id, "allow")).code).toBe(0);
    await home.wait(id);
    expect(answers()).toMatchObject([{ behavior: "deny" }, { behavior: "allow" }]);
  });

  it("is answered by the first of two, and the other is told by whom", async () => {
    const { id, answers } = await home.task([ls, edit]);
    const [request] = await home.pending(id, 2);
    const ask = { id, request: request?.request_id };
    const replies = await Promise.allSettled([
      home.ask("answer", { ...ask, decision: "allow", by: "anna" }),
      home.ask("answer", { ...ask, decision: "deny", by: "bert" }),
    ]);
    const lost = replies.filter(({ status }) => status === "rejected");
    expect(lost).toMatchObject([{ reason: { code: "not_found" } }]);
    const [{ by }] = (await home.events(id, "mission.answered")) as [{ by: string }];
    const late = await home.answer(id, request?.request_id ?? "", "allow");
    expect({ code: late.code, says: late.stderr.includes(`was answered already`) && late.stderr.includes(by) }).toEqual({
      code: 1,
      says: true,
    });
    await home.answer(id, "deny");
    await home.wait(id);
    expect(answers()).toHaveLength(2);
  });

  it("is gone when nothing was asked, the mission ended, or the agent takes it back", async () => {
    const session = ["--type", "session"];
    const { id } = await home.task([ls], ...session);
    const [request] = await home.pending(id);
    expect((await home.run(["interrupt", id])).code).toBe(0);
    await until("it to be withdrawn", async () => (await home.events(id, "mission.withdrawn"))[0]);
    expect(await home.info(id)).toMatchObject({ status: "running", pending: [] });
    expect((await home.answer(id, request?.request_id ?? "", "allow")).stderr).toContain("not_found");
    await home.run(["send", id, JSON.stringify([ls])]);
    await home.pending(id);
    await home.run(["stop", id]);
    expect(await home.info(id)).toMatchObject({ status: "stopped", pending: [], waiting_for: null });
    expect((await home.answer(id, "allow")).stderr).toContain("not_found");
    expect((await home.answer("nobody", "allow")).stderr).toContain("not_found");
    const command = await home.start("sleep 30");
    expect((await home.answer(command, "allow")).code).toBe(1);
    await home.run(["kill", command]);
  });

  it("is answered with one of the options that the agent offers, never with another", async () => {
    const rules = [{ toolName: "Bash", ruleContent: "ls:*" }];
    const suggestions = [{ type: "addRules", rules, behavior: "allow", destination: "session" }];
    const { id, answers } = await home.task([{ ...ls, suggestions }]);
    await home.pending(id);
    for (const flags of [
      ["--option", "perhaps"],
      ["--option", "deny"],
      ["--always", "--option", "allow"],
    ])
      expect((await home.answer(id, "allow", ...flags)).code).toBe(1);
    expect((await home.answer(id, "deny", "--always")).stderr).toContain("no such option");
    expect((await home.answer(id, "allow", "--always")).code).toBe(0);
    await home.wait(id);
    expect(answers()).toMatchObject([{ behavior: "allow", updatedPermissions: suggestions }]);
  });

  it("by the Agent Client Protocol is answered with the option of its kind", async () => {
    const asks = [1, 2, 3].map((index) => ({ tool: "execute", input: { command: `make ${index}` }, options: acpOptions }));
    const { id, answers } = await home.acpTask(asks);
    const requests = await home.pending(id, 3);
    const [first, second, third] = requests.map(({ request_id }) => request_id);
    expect((await home.answer(id, first ?? "", "allow", "--input", "{}")).stderr).toContain("input");
    await home.answer(id, first ?? "", "allow");
    await home.answer(id, second ?? "", "allow", "--always");
    await home.answer(id, third ?? "", "deny");
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toEqual(["yes", "yes-always", "no"].map((optionId) => ({ outcome: "selected", optionId })));
  });

  it("is not answered by the mission that asks, but by a program that imports the client", async () => {
    const { id, answers } = await home.task([ls]);
    const [request] = await home.pending(id);
    const own = await home.run(["answer", id, "allow"], { env: { OVERMIND_MISSION_ID: id } });
    expect({ code: own.code, says: own.stderr.includes("itself") }).toEqual({ code: 1, says: true });
    const client = await home.client();
    expect(await client.inbox({ id })).toMatchObject([{ request_id: request?.request_id }]);
    for await (const change of client.followInbox({ id })) {
      expect(change).toMatchObject({ event: "asked", id, tool: "Bash" });
      break;
    }
    const answer = await client.answer(id, "allow", { input: { command: "ls" } });
    expect(answer).toMatchObject({ id, request_id: request?.request_id, delivery: "written" });
    await expect(client.answer(id, "allow")).rejects.toMatchObject({ code: "not_found" });
    await home.wait(id);
    expect(answers()).toEqual([{ behavior: "allow", updatedInput: { command: "ls" } }]);
    expect(await home.events(id, "mission.answered")).toMatchObject([{ by: "client" }]);
  });

  it("is denied at once with --on-ask deny", async () => {
    const { id, answers } = await home.task([ls], "--on-ask", "deny");
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toMatchObject([{ behavior: "deny" }]);
    expect(await home.events(id, "mission.answered")).toMatchObject([{ by: "rule: on_ask" }]);
    expect(await home.events(id, "mission.waiting")).toEqual([]);
  });
});

describe("the inbox", () => {
  it("lists over all missions in 80 columns, follows, and says when it is empty", async () => {
    const empty = await home.run(["inbox"]);
    expect(empty).toMatchObject({ code: 0, stdout: "" });
    expect(empty.stderr).toContain("Nothing waits");
    const listener = home.spawn(["inbox", "-f", "--json"]);
    const { id } = await home.task([{ tool: "Bash", input: { command: `echo ${"long ".repeat(50)}` } }], "--name", "boxed");
    const [request] = await home.pending(id);
    const { stdout } = await home.shell("script -qc 'stty cols 80; overmind inbox' /dev/null");
    const lines = stdout.trimEnd().split(/\r?\n/);
    expect(lines[0]).toMatch(/^ID +NAME +REQUEST +AGE +TOOL +WHAT$/);
    expect(lines[1]).toContain(`${id}  boxed           ${request?.request_id.slice(0, 8)}`);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const [item] = (await home.run(["inbox", "--json"])).stdout.trimEnd().split("\n");
    expect(JSON.parse(item ?? "")).toMatchObject({
      id,
      tool: "Bash",
      hint: "overmind answer boxed allow|deny",
      waiting_for: "answer",
    });
    expect(await home.ask("inbox")).toMatchObject([{ id }]);
    await until("the listener to hear of it", () => listener.stdout.includes('"asked"'));
    await home.answer(id, "allow");
    await until("the listener to hear that it is gone", () => listener.stdout.includes('"gone"'));
    listener.child.kill("SIGINT");
    await home.wait(id);
  });

  it("is spoken of to whoever follows the mission's run", async () => {
    const following = home.spawn(["run", "-f", "--name", "loud", ...home.asks([ls]).flags]);
    await until("it to say so", () => following.stderr.includes("overmind answer loud allow|deny"));
    await home.answer("loud", "deny");
    expect((await following.finished).code).toBe(0);
  });
});
