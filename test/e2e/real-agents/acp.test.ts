import { afterAll, describe, expect, it } from "vitest";
import { fail, hang, type Script, say, shell } from "../../support/model-server/answer.ts";
import { commandsWith } from "../../support/processes.ts";
import { longJob } from "./long-job.ts";
import { longPrompt } from "./long-prompt.ts";
import { processesOf, RealHome, type Seat } from "./real-home.ts";

const home = new RealHome("gemini");
afterAll(() => home.dispose());

const argv = ["gemini", "--acp", "-m", "gemini-2.5-pro", "--skip-trust"];

/** Starts what is known only as some agent that speaks the protocol. */
async function start(script: Script, asked: Readonly<Record<string, unknown>>): Promise<{ seat: Seat; id: string }> {
  const seat = await home.seat(script);
  await home.run(["start"], { env: seat.env });
  const env = { ...home.env, ...seat.env, GEMINI_CLI_NO_RELAUNCH: "true" };
  const { id } = await home.ask("run", { provider: "acp", argv, cwd: seat.directory, env, account: seat.account, ...asked });
  return { seat, id };
}

describe.concurrent("a task of an agent that speaks the Agent Client Protocol", () => {
  it("gets a prompt of a megabyte byte for byte, and answers", async () => {
    const { seat, id } = await start([say("Hello ", "there.")], { prompt: longPrompt });
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "completed", exit_code: 0 });
    expect((await home.run(["logs", id])).stdout).toMatch(/^Hello there\.$/m);
    expect(seat.model.wasTold(longPrompt)).toBe(true);
    expect((await home.info(id)).usage).toMatchObject({ input_tokens: 100, output_tokens: 7 });
  });

  it.each([
    [400, "failed"],
    [401, "auth"],
    [429, "rate_limited"],
    [529, "failed"],
  ])("whose model answers %d ends as %s", async (status, reason) => {
    const { seat, id } = await start([fail(status)], { prompt: "try it", auto_resume: false });
    expect(await seat.ended(id)).toMatchObject({ status: "crashed", reason });
  });

  it("is stopped while its model hangs", async () => {
    const { seat, id } = await start([hang()], { prompt: "wait for ever" });
    await seat.isAsked();
    await home.run(["stop", id]);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect(processesOf(id)).toEqual([]);
  });

  it("leaves no process where it is stopped while a tool runs", async () => {
    const job = longJob();
    const { seat, id } = await start([shell(job.command), say("Done.")], { prompt: "do it", permission_mode: "yolo" });
    await seat.runs(job);
    await home.run(["stop", id]);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect([...processesOf(id), ...commandsWith(job.tag)]).toEqual([]);
  });
});

describe.concurrent("a session of an agent that speaks the Agent Client Protocol", () => {
  it("takes turns over one process, is interrupted while its model hangs, and stops", async () => {
    const seat = await home.seat([say("One."), say("Two."), hang("I begin"), say("Here again.")]);
    const flags = ["--provider", "acp", "--type", "session", "--cwd", seat.directory, "--account", seat.account];
    const run = await home.run(["run", "--json", ...flags, "--env", "GEMINI_CLI_NO_RELAUNCH=true", "--", ...argv], {
      env: seat.env,
    });
    const { id } = JSON.parse(run.stdout);
    expect((await seat.send(id, "first")).stdout).toBe("One.\n");
    const pid = await home.agentPid(id);
    expect((await seat.send(id, "second")).stdout).toBe("Two.\n");
    expect(seat.model.requests.at(-1)?.userTexts).toEqual(expect.arrayContaining(["first", "second"]));
    const hanging = seat.send(id, "hang");
    await seat.wrote(id, "I begin");
    expect((await home.run(["interrupt", id])).code).toBe(0);
    expect((await hanging).code).toBe(1);
    expect((await seat.send(id, "again")).stdout).toBe("Here again.\n");
    expect(await home.info(id)).toMatchObject({ os_pid: pid, attempt: 1 });
    await home.run(["stop", id]);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect(processesOf(id)).toEqual([]);
  });
});
