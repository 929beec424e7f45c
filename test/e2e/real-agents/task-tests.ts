import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { deferred } from "../../../src/base/deferred.ts";
import { fail, hang, type ModelAnswer, refuse, say, sayUntil, shell } from "../../support/model-server/answer.ts";
import { commandsWith } from "../../support/processes.ts";
import { filesWith } from "./files-with.ts";
import { longJob } from "./long-job.ts";
import { longPrompt } from "./long-prompt.ts";
import { type Ended, processesOf, RealHome, type Seat, secretKey } from "./real-home.ts";

export interface TaskRules {
  /** Flags with which it runs shell commands without asking. */
  readonly mayUseShell: readonly string[];
  /** Answers of the model, and the reason for which the attempt then ends. */
  readonly errors: readonly {
    readonly status: number;
    readonly reason: string;
    readonly headers?: Readonly<Record<string, string>>;
  }[];
  /** Whether pieces of a text can be heard before the whole. */
  readonly streams: boolean;
  /** A start takes seconds of processor time: what its session shows as well is left to that. */
  readonly isCostly?: boolean;
  /** What it says when its model refuses. */
  readonly refusal?: ModelAnswer;
}

/** What every kind of agent must do as a task; to be called within a `describe.concurrent`. */
export function itDoesTasks(home: RealHome, { mayUseShell, errors, streams, isCostly = false, refusal }: TaskRules): void {
  const also: (name: string, work: () => Promise<void>) => void = isCostly ? () => {} : it;
  // Starting some of them takes seconds, so these look at one run.
  let answering: Promise<Answered> | null = null;
  const answered = (): Promise<Answered> => (answering ??= answer(home));

  it("answers, and its text is what the model said", async () => {
    const { seat, ended } = await answered();
    expect(ended).toMatchObject({ status: "stopped", reason: "completed", exit_code: 0 });
    expect(ended.text).toMatch(/^Hello from the model\.$/m);
    expect(await resultOf(seat, ended.id)).toMatchObject({ text: "Hello from the model.", is_error: false });
    expect((await home.info(ended.id)).usage).toMatchObject({ input_tokens: 100, output_tokens: 7 });
  });

  it("gives its model a prompt of a megabyte byte for byte", async () => {
    const { seat } = await answered();
    expect(seat.model.wasTold(longPrompt)).toBe(true);
  });

  it("keeps the key in its environment only", async () => {
    const { id } = (await answered()).ended;
    const environment = join(home.home, "missions", id, "env");
    const theirs = filesWith(home.home, secretKey).filter((path) => !/\/missions\/[^/]+\/env$/.test(path));
    expect(theirs).toEqual([]);
    expect(readFileSync(environment, "utf8")).toContain(secretKey);
    expect(statSync(environment).mode & 0o777).toBe(0o600);
    for (const verb of ["info", "logs"]) expect((await home.run([verb, id])).stdout).not.toContain(secretKey);
  });

  it("uses a tool, and its model hears what that gave", async () => {
    const seat = await home.seat([shell("echo made by a tool > made; cat made"), say("It is made.")]);
    const ended = await seat.task("make it", ...mayUseShell);
    expect(ended).toMatchObject({ reason: "completed", text: expect.stringContaining("It is made.") });
    expect(seat.model.requests.at(-1)?.toolResults).toEqual([expect.stringContaining("made by a tool")]);
    expect(readFileSync(join(seat.directory, "made"), "utf8")).toBe("made by a tool\n");
  });

  it.each(errors)("whose model answers $status ends as $reason", async ({ status, reason, headers }) => {
    const seat = await home.seat([fail(status, headers)]);
    expect(await seat.task("try it", "--no-auto-resume")).toMatchObject({ status: "crashed", reason });
  });

  it("whose model refuses ends as refused", async () => {
    const seat = await home.seat([refusal ?? refuse("I will not.")]);
    expect(await seat.task("do what must not be done")).toMatchObject({ status: "crashed", reason: "refused" });
  });

  also("is stopped while its model hangs", async () => {
    const seat = await home.seat([hang()]);
    const id = await seat.start("wait for ever");
    await seat.isAsked();
    expect((await home.run(["stop", id])).code).toBe(0);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect(processesOf(id)).toEqual([]);
  });

  it("leaves no process where it is stopped while a tool runs", async () => {
    const job = longJob();
    const seat = await home.seat([shell(job.command), say("That was long.")]);
    const id = await seat.start("do it", ...mayUseShell);
    await seat.runs(job);
    await home.run(["stop", id]);
    expect(await seat.ended(id)).toMatchObject({ status: "stopped", reason: "stopped" });
    expect([...processesOf(id), ...commandsWith(job.tag)]).toEqual([]);
  });

  also("leaves no process where it is killed from outside while a tool runs", async () => {
    const job = longJob();
    const seat = await home.seat([shell(job.command), say("That was long.")]);
    const id = await seat.start("do it", ...mayUseShell);
    await seat.runs(job);
    process.kill(await home.agentPid(id), "SIGKILL");
    expect(await seat.ended(id)).toMatchObject({ status: "crashed", reason: "signaled" });
    expect([...processesOf(id), ...commandsWith(job.tag)]).toEqual([]);
  });

  also("loses nothing of a text in whose middle the daemon is killed", async () => {
    const own = new RealHome(home.kind);
    try {
      const gate = deferred<void>();
      const seat = await own.seat([sayUntil(gate.promise, "The first half, ", "and the second.")]);
      const id = await seat.start("say it slowly");
      if (streams) await seat.wrote(id, "first half");
      else await seat.isAsked();
      await own.killDaemon();
      gate.resolve();
      await own.run(["start"]);
      const ended = await seat.ended(id);
      expect(ended).toMatchObject({ reason: "completed", text: expect.stringMatching(/^The first half, and the second\.$/m) });
      expect(await resultOf(seat, id)).toMatchObject({ text: "The first half, and the second." });
    } finally {
      await own.dispose();
    }
  });
}

interface Answered {
  readonly seat: Seat;
  readonly ended: Ended;
}

async function answer(home: RealHome): Promise<Answered> {
  const seat = await home.seat([say("Hello ", "from the model.")]);
  return { seat, ended: await seat.task(longPrompt) };
}

export const resultOf = async ({ home }: Seat, id: string) => JSON.parse((await home.run(["result", id])).stdout);
