import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AskingHome } from "./asking-home.ts";

const home = new AskingHome('[[approvals]]\ntool = "Read"\nanswer = "allow"\n');
afterAll(() => home.dispose());

const ls = { tool: "Bash", input: { command: "ls -l" } };
const edit = { tool: "Edit", input: { file_path: "/src/a.ts", new_string: "x" } };
const read = { tool: "Read", input: { file_path: "/src/a.ts" } };

describe("a request that was pending when the daemon was killed", () => {
  it("is pending in the next daemon, is announced once, and is answerable", async () => {
    const { id, answers } = await home.task([ls]);
    const [before] = await home.pending(id);
    const pid = await home.agentPid(id);
    await home.killDaemon();
    expect((await home.run(["inbox", "--json"])).stdout).toContain(id);
    const [after] = await home.pending(id);
    expect(after).toEqual(before);
    expect(await home.agentPid(id)).toBe(pid);
    expect((await home.answer(id, "allow")).code).toBe(0);
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toEqual([{ behavior: "allow", updatedInput: ls.input }]);
    for (const type of ["mission.asked", "mission.waiting", "mission.answered", "mission.resumed"])
      expect(await home.events(id, type), type).toHaveLength(1);
  });

  it("stays pending beside one that was answered, which is not asked again", async () => {
    const { id, answers } = await home.task([ls, edit, read]);
    const [first] = await home.pending(id, 2);
    expect((await home.answer(id, first?.request_id ?? "", "deny")).code).toBe(0);
    await home.killDaemon();
    await home.run(["start"]);
    const [left] = await home.pending(id);
    expect(left).toMatchObject({ tool: "Edit", in_doubt: null });
    const gone = await home.answer(id, first?.request_id ?? "", "allow");
    expect({ code: gone.code, says: gone.stderr.includes("was answered already: deny, by cli") }).toEqual({
      code: 1,
      says: true,
    });
    await home.answer(id, "allow");
    await home.wait(id);
    // The rule answered first; each is answered once.
    expect(answers()).toMatchObject([{ behavior: "allow" }, { behavior: "deny" }, { behavior: "allow" }]);
    expect(await home.events(id, "mission.answered")).toHaveLength(3);
    expect(await home.events(id, "mission.asked")).toHaveLength(3);
  });

  it("by the Agent Client Protocol is answerable too", async () => {
    const options = [{ optionId: "yes", name: "Allow", kind: "allow_once" }];
    const { id, answers } = await home.acpTask([{ ...ls, options }]);
    await home.pending(id);
    await home.killDaemon();
    await home.run(["start"]);
    await home.pending(id);
    expect((await home.answer(id, "allow")).code).toBe(0);
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toEqual([{ outcome: "selected", optionId: "yes" }]);
  });

  it("is told as in doubt when an answer was on its way, and only a person answers again", async () => {
    await home.run(["shutdown"]);
    const daemon = await home.armedDaemon("after_answer");
    const { id, answers } = await home.task([read]);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await home.run(["start"]);
    const [request] = await home.pending(id);
    expect(request?.in_doubt).toEqual({ decision: "allow", by: "rule: approvals[0] Read" });
    expect(answers()).toEqual([]);
    expect((await home.run(["why", id])).stdout).toContain("Nobody knows whether its agent got an answer");
    expect((await home.run(["inbox"])).stdout).toContain("(allow in doubt) /src/a.ts");
    expect((await home.answer(id, "deny")).code).toBe(0);
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toMatchObject([{ behavior: "deny" }]);
  });

  it("is told as in doubt too when the answer was kept and no event told of it", async () => {
    await home.run(["shutdown"]);
    const daemon = await home.armedDaemon("after_answer_kept");
    const { id, answers } = await home.task([read]);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await home.run(["start"]);
    const [request] = await home.pending(id);
    expect([request?.in_doubt, answers()]).toEqual([{ decision: "allow", by: "rule: approvals[0] Read" }, []]);
    expect((await home.answer(id, "deny")).code).toBe(0);
    expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    expect(answers()).toMatchObject([{ behavior: "deny" }]);
  });

  it("is dropped with an attempt that ended meanwhile", async () => {
    const { id } = await home.task([ls], "--restart", "on-failure", "--backoff", "0", "--max-restarts", "1");
    const [first] = await home.pending(id);
    const pid = await home.agentPid(id);
    await home.killDaemon();
    process.kill(pid, "SIGKILL");
    await home.run(["start"]);
    await until("the next attempt to ask", async () => (await home.info(id)).attempt === 2);
    const [second] = await home.pending(id);
    expect(second?.request_id).not.toBe(first?.request_id);
    expect((await home.answer(id, first?.request_id ?? "", "allow")).stderr).toContain("not_found");
    await home.run(["kill", id]);
    expect(await home.info(id)).toMatchObject({ pending: [] });
  });
});
