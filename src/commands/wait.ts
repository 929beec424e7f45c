import { setMaxListeners } from "node:events";
import * as v from "valibot";
import { asOvermindError, OvermindError } from "../base/errors.ts";
import { type Status, statuses, type WaitResult } from "../protocol/mission.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext, Requester } from "./command-line-context.ts";
import { errorLines } from "./error-lines.ts";
import { exitCodeOf, exitCodeOfFailedWait, firstFailure, timedOut } from "./outcome/exit-code.ts";
import { unlessInterrupted } from "./outcome/interrupted.ts";
import { reportEnd } from "./outcome/report-end.ts";
import { UsageError } from "./usage-error.ts";
import { count, flag, reference, references, statusList } from "./wire-fields.ts";

// The daemon ends a wait in time; this much later the client does, should the daemon hang.
const patienceMs = 250;

export const command: Command = {
  name: "wait",
  summary: "Block until missions end",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      any: { kind: "boolean", summary: "until the first of them ends" },
      for: { kind: "csv", placeholder: "STATUS", summary: "until one of these statuses is reached" },
      timeout: { kind: "duration", unit: "ms", placeholder: "MS", summary: "give up after this long (exit code 124)" },
      json: { kind: "boolean", summary: "one JSON object per mission" },
    },
    positionals: { usage: "ID…", summary: "ids or names", least: 1, most: Number.POSITIVE_INFINITY },
    description:
      "A mission that is paused, or waits, has not ended: it is waited for. On a terminal each line ends with the name where there are several. Exits with the mission's own code: 128+n when signal n ended it, 137 when it was killed, 1 when it crashed though its code is 0; of several the first that is not zero, in the order given. 124: timed out (of several: that one). 125: Overmind failed or knows no such mission. With --for: 0 reached, 1 ended without.",
    examples: [
      ["overmind wait build && deploy", "go on only after success"],
      ["overmind wait --any a b c", "until the first of three ends"],
      ["overmind wait --for running --timeout 5s db", "until it runs, five seconds at most"],
    ],
    needs: "autostart",
    run: waitForMissions,
  }),
  wire: wire({
    params: v.object({
      id: v.optional(reference),
      ids: v.optional(references),
      any: flag,
      for: v.optional(statusList),
      timeout: v.optional(count),
    }),
    async run(daemon, given, call) {
      const named = given.ids ?? (given.id === undefined ? [] : [given.id]);
      if (named.length === 0)
        throw new OvermindError("invalid_argument", "id: must be a mission's id or name", { details: { field: "id" } });
      // The id pins the mission: a name could pass to a newer one while this waits.
      const ids = named.map((name) => daemon.find(name).id);
      const done = new AbortController();
      const signal = given.any || given.timeout !== undefined ? AbortSignal.any([call.signal, done.signal]) : call.signal;
      setMaxListeners(0, signal);
      const waits = ids.map((id) => daemon.wait(id, { for: given.for, signal }));
      try {
        return await withinTime(given.any ? Promise.race(waits) : summary(waits, given), given.timeout);
      } finally {
        done.abort();
        for (const wait of waits) wait.catch(() => {});
      }
    },
  }),
};

interface Waiting {
  readonly flags: {
    readonly any: boolean;
    readonly for: readonly string[];
    readonly timeout: number | undefined;
    readonly json: boolean;
  };
  readonly positionals: readonly string[];
}

/** Ctrl-C ends the wait and no mission. */
async function waitForMissions(context: CommandLineContext, { flags, positionals: ids }: Waiting): Promise<number> {
  const reached = asStatuses(flags.for);
  const endWaiting = context.screen.waiting(`waiting for ${ids.join(" ")}`);
  const hint = () => {
    endWaiting();
    return `${ids.length === 1 ? "The mission goes on" : "The missions go on"}. Back to waiting: overmind wait ${ids.join(" ")}`;
  };
  return unlessInterrupted(context.screen, hint, async () => {
    try {
      return await codeOfEnds(context, { flags, ids, reached, endWaiting });
    } catch (thrown) {
      endWaiting();
      if (thrown instanceof UsageError) throw thrown;
      return await failed(context, flags.json, thrown);
    }
  });
}

async function codeOfEnds(
  context: CommandLineContext,
  {
    flags,
    ids,
    reached,
    endWaiting,
  }: {
    readonly flags: Waiting["flags"];
    readonly ids: readonly string[];
    readonly reached: readonly Status[] | undefined;
    readonly endWaiting: () => void;
  },
): Promise<number> {
  // A script reads the one sentence that it knows.
  const report = { json: flags.json, named: ids.length > 1 && context.screen.isTerminal, ...(reached ? { reached } : {}) };
  const client = await context.connect();
  // Of several the daemon looks all up before it waits for any: an unknown name is no end.
  const asked = flags.any ? [{ ids, any: true }] : ids.map((id) => ({ id }));
  const waits = waitForEach(client, asked, { for: reached, timeout: flags.timeout });
  if (flags.any) {
    const [first] = (await Promise.all(waits.results).finally(waits.cancel)) as [WaitResult];
    endWaiting();
    return await reportEnd(context.screen, first, report);
  }
  // Told as each ends; a failure of one is not held back by the others. One that is late is no failure
  // of the others, which may have ended.
  let late: unknown = null;
  const told = waits.results.map(async (ending) => {
    const result = await ending.catch((error: unknown) => {
      if (asOvermindError(error).code !== "timeout") throw error;
      late ??= error;
      return null;
    });
    endWaiting();
    if (result === null) return timedOut;
    await reportEnd(context.screen, result, report);
    return exitCodeOf(result, reached);
  });
  const codes = await Promise.all(told).finally(waits.cancel);
  if (late !== null) await failed(context, flags.json, late);
  return firstFailure(codes);
}

async function failed(context: CommandLineContext, isJson: boolean, thrown: unknown): Promise<number> {
  const error = asOvermindError(thrown);
  if (isJson) await context.screen.line(JSON.stringify({ source: "overmind", error: error.message, code: error.code }));
  context.screen.say(errorLines(error));
  return exitCodeOfFailedWait(error.code);
}

function asStatuses(words: readonly string[]): readonly Status[] | undefined {
  const unknown = words.find((word) => !(statuses as readonly string[]).includes(word));
  if (unknown !== undefined) throw new UsageError(`--for takes ${statuses.join(", ")}, not '${unknown}'`);
  return words.length === 0 ? undefined : (words as readonly Status[]);
}

function waitForEach(
  client: Requester,
  asked: readonly object[],
  limits: { for: readonly Status[] | undefined; timeout: number | undefined },
) {
  const cancelled = new AbortController();
  // One for each mission; by itself Node takes more than ten for a leak, and says so on stderr.
  setMaxListeners(0, cancelled.signal);
  let isLate = false;
  const late = () => {
    isLate = true;
    cancelled.abort();
  };
  const timer = limits.timeout === undefined ? undefined : setTimeout(late, Math.min(limits.timeout + patienceMs, 2 ** 31 - 1));
  const results = asked.map((which) =>
    client
      .request<WaitResult>("wait", { ...which, ...limits }, { signal: cancelled.signal, resend: true })
      .catch((error: unknown) => {
        throw isLate ? new OvermindError("timeout") : error;
      }),
  );
  for (const result of results) result.catch(() => {});
  return {
    results,
    cancel: () => {
      clearTimeout(timer);
      cancelled.abort();
    },
  };
}

/** One mission's end; of several the one that decides the exit code, with all of them as `results`. */
async function summary(
  waits: readonly Promise<WaitResult>[],
  given: { ids?: readonly string[] | undefined; for?: readonly Status[] | undefined },
) {
  const results = await Promise.all(waits);
  const deciding = results.find((result) => exitCodeOf(result, given.for) !== 0) ?? results[0];
  return given.ids === undefined ? deciding : { ...deciding, results };
}

/** @throws OvermindError timeout */
async function withinTime<Value>(work: Promise<Value>, timeoutMs: number | undefined): Promise<Value> {
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OvermindError("timeout")), Math.min(timeoutMs, 2 ** 31 - 1));
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
