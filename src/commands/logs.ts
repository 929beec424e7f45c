import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { isFinal, type MissionView } from "../protocol/mission.ts";
import type { DaemonContext } from "../supervisor/daemon-context.ts";
import { type Call, type Command, commandLine, noReply, type ParsedArguments, wire } from "./command.ts";
import type { CommandLineContext, Requester } from "./command-line-context.ts";
import { logEvents, rawLogEvents } from "./log/log-events.ts";
import { LogText } from "./log/log-text.ts";
import { findMission } from "./log/never-started.ts";
import { type LogQuery, printLog, printRawLog } from "./log/print-log.ts";
import { terminalLog } from "./log/terminal-log.ts";
import { unlessInterrupted } from "./outcome/interrupted.ts";
import { timeOf } from "./read-time.ts";
import { UsageError } from "./usage-error.ts";
import { count, flag, reference, references, time } from "./wire-fields.ts";

const flags = {
  follow: { kind: "boolean", short: "f", summary: "go on until the mission ends" },
  tail: { kind: "integer", short: "n", placeholder: "N", summary: "only the last N lines" },
  timestamps: { kind: "boolean", short: "t", summary: "the time before each line (~ when it is only an upper bound)" },
  since: { kind: "string", placeholder: "T", summary: "only output from then on: 5m (ago), an ISO 8601 time, or epoch seconds" },
  until: { kind: "string", placeholder: "T", summary: "only output before then" },
  attempt: { kind: "integer", placeholder: "N", summary: "only the N-th attempt" },
  raw: { kind: "boolean", summary: "the bytes as the agent wrote them" },
  json: { kind: "boolean", summary: "one JSON object a line" },
} as const;

const params = v.object({
  id: v.optional(reference),
  ids: v.optional(references),
  all: flag,
  follow: flag,
  /** A stream of events also without `follow`, so that nothing is cut. */
  stream: flag,
  raw: flag,
  /** One line an event, each with its own time; false: as many whole lines as there are, without times. */
  linewise: v.optional(v.boolean("must be true or false"), true),
  /** Says in a first line what was left out, as without an id; otherwise `truncated_bytes` beside `ok` does. */
  marked: flag,
  tail: v.optional(count),
  since: v.optional(time),
  until: v.optional(time),
  attempt: v.optional(count),
  from: v.optional(v.object({ attempt: count, offset: count })),
});
type Params = v.InferOutput<typeof params>;

export const command: Command = {
  name: "logs",
  summary: "Show what missions printed",
  group: "Output",
  commandLine: commandLine({
    flags,
    positionals: { usage: "[ID…]", summary: "ids or names; without one all missions", least: 0, most: Number.POSITIVE_INFINITY },
    description:
      "Several missions are shown one after the other; followed together, each line begins with its mission's name. An agent of a blueprint with replicas, matrix or foreach stands for all that it is run as.",
    examples: [
      ["overmind logs -f build", "follow a mission until it ends"],
      ["overmind logs -n 20 -t build", "the last 20 lines with their times"],
      ["overmind logs --since 5m", "what all missions printed in the last five minutes"],
    ],
    needs: "autostart",
    run(context, given) {
      if (!given.flags.follow) return showLogs(context, given);
      context.screen.endWithReader();
      const hint = () => `Back to it: overmind ${["logs -f", ...given.positionals].join(" ")}`;
      return unlessInterrupted(context.screen, hint, () => showLogs(context, given));
    },
  }),
  wire: wire({
    params,
    async run(daemon, given, call) {
      const missions = chosen(daemon, given);
      if (!given.follow && !given.stream && !given.raw) return textOf(daemon, missions, given, call);
      await Promise.all(missions.map((mission) => streamTo(call, daemon, mission, given)));
      return call.keepsConnection ? true : noReply;
    },
  }),
};

async function showLogs(
  context: CommandLineContext,
  { flags: given, positionals: ids }: ParsedArguments<typeof flags>,
): Promise<number> {
  const query: LogQuery = {
    follow: given.follow,
    tail: given.tail,
    since: timeOf(given.since, "--since"),
    until: timeOf(given.until, "--until"),
    attempt: given.attempt,
  };
  const [only] = ids;
  if (ids.length !== 1 || only === undefined) return showSeveral(context, await missionsOf(context, ids, given), query, given);
  const client = await context.connect();
  try {
    await (given.raw
      ? printRawLog(client, only, query, context.screen)
      : printLog(client, only, query, context.screen, { timestamps: given.timestamps, json: given.json, endLine: false }));
  } catch (error) {
    const instances = instancesIn(error);
    if (instances === null) throw error;
    await showSeveral(context, instances, query, given);
  }
  return 0;
}

/** One after the other under headers; followed together, each line behind its mission's name. */
async function showSeveral(
  context: CommandLineContext,
  missions: readonly Named[],
  query: LogQuery,
  given: ParsedArguments<typeof flags>["flags"],
): Promise<number> {
  const client = await context.connect();
  const shown = { timestamps: given.timestamps, json: given.json };
  if (given.raw && given.follow) throw new UsageError("--raw follows one mission at a time");
  if (given.follow) {
    const prefix = (mission: Named) => (missions.length > 1 ? { prefix: `${mission.name} | ` } : {});
    await Promise.all(
      missions.map((mission) =>
        printLog(client, mission.id, query, context.screen, { ...shown, ...prefix(mission), endLine: true }),
      ),
    );
    return 0;
  }
  for (const mission of missions) {
    if (given.raw) await printRawLog(client, mission.id, query, context.screen);
    else {
      if (!given.json) await context.screen.line(header(mission));
      await printLog(client, mission.id, query, context.screen, { ...shown, endLine: true });
    }
  }
  return 0;
}

type Named = Pick<MissionView, "id" | "name">;

const header = (mission: Named): string => `=== ${mission.name} (${mission.id}) ===`;

/** Given missions, or all of which there is a log; to follow without an id: those that live now. */
async function missionsOf(
  context: CommandLineContext,
  ids: readonly string[],
  { follow, attempt }: ParsedArguments<typeof flags>["flags"],
): Promise<readonly Named[]> {
  const client = await context.connect();
  if (ids.length > 0) return (await Promise.all(ids.map((id) => missionsCalled(client, id)))).flat();
  const missions = await client.request<MissionView[]>("list", { all: true }, { resend: true });
  return missions.filter((mission) => mission.attempt >= (attempt ?? 1) && !(follow && isFinal(mission.status)));
}

/** The mission, or those that an agent of a blueprint is run as. */
async function missionsCalled(client: Requester, id: string): Promise<readonly Named[]> {
  try {
    return [await client.request<MissionView>("info", { id }, { resend: true })];
  } catch (error) {
    const instances = instancesIn(error);
    if (instances === null) throw error;
    return instances;
  }
}

/** What the name of an agent stands for that is run more than once; null: nothing. */
function instancesIn(error: unknown): readonly Named[] | null {
  if (!(error instanceof OvermindError) || error.code !== "not_found") return null;
  return (error.details?.["instances"] as readonly Named[] | undefined) ?? null;
}

function chosen(daemon: DaemonContext, given: Params): MissionView[] {
  if (given.all) return daemon.list({ all: true }).missions.filter((mission) => !given.follow || !isFinal(mission.status));
  const named = given.ids ?? (given.id === undefined ? [] : [given.id]);
  if (named.length === 0)
    throw new OvermindError("invalid_argument", "id: must be a mission's id or name, unless all is true", {
      details: { field: "id" },
    });
  const missions = named.map((name) => findMission(daemon, name));
  for (const mission of missions) checkAttempt(mission, given);
  return missions;
}

/** One that has not begun yet may be followed while its mission lives. */
function checkAttempt({ id, name, attempt: last, status }: MissionView, { attempt, follow }: Params): void {
  if (attempt === undefined || (attempt >= 1 && attempt <= last)) return;
  if (follow && attempt > last && !isFinal(status)) return;
  const known = last === 1 ? "only 1" : last === 2 ? "1 and 2" : `1 to ${last}`;
  throw new OvermindError("invalid_argument", `attempt: ${name} has no attempt ${attempt}; there is ${known}`, {
    details: { field: "attempt", id, attempt, last },
  });
}

const options = (given: Params, signal: AbortSignal) => ({
  follow: given.follow,
  tail: given.tail,
  since: given.since,
  until: given.until,
  attempt: given.attempt,
  raw: given.raw,
  linewise: given.linewise,
  signal,
});

async function streamTo(call: Call, daemon: DaemonContext, mission: MissionView, given: Params): Promise<void> {
  const raw = () => rawLogEvents(mission.id, daemon.readLog(mission.id, options(given, call.signal)), given.from);
  for await (const event of given.raw ? raw() : await readableLog(daemon, mission, given, call.signal)) await call.emit(event);
}

/** A command's output as it is, or as its terminal showed it, an agent's as what it means. */
async function readableLog(daemon: DaemonContext, mission: MissionView, given: Params, signal: AbortSignal) {
  const asked = options(given, signal);
  if (mission.provider === "raw") {
    const events = logEvents(mission.id, daemon.readLog(mission.id, asked), given.from);
    return mission.terminal === undefined ? events : terminalLog(events);
  }
  // The last lines that people see are not those of the protocol.
  const isCounted = given.tail !== undefined && !given.follow;
  const { agentLog, lastLines } = await import("./log/agent-log.ts");
  const lines = logEvents(
    mission.id,
    daemon.readLog(mission.id, { ...asked, linewise: true, ...(isCounted ? { tail: undefined } : {}) }),
  );
  const shown = agentLog(mission, lines, given.from);
  return isCounted ? lastLines(shown, given.tail ?? 0) : shown;
}

async function textOf(daemon: DaemonContext, missions: readonly MissionView[], given: Params, call: Call): Promise<string> {
  const text = new LogText();
  for (const mission of missions) {
    if (given.all || missions.length > 1) text.addLine(header(mission));
    for await (const event of await readableLog(daemon, mission, { ...given, linewise: false }, call.signal)) text.add(event);
  }
  if (text.dropped > 0) call.tellBeside({ truncated_bytes: text.dropped });
  return call.keepsConnection && !given.marked ? text.text : text.toString();
}
