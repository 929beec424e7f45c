import * as v from "valibot";
import { type MissionView, statuses } from "../protocol/mission.ts";
import { missionColumns, missionColumnsTable } from "../protocol/mission-columns.ts";
import { missionTable } from "../protocol/mission-table.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { formerRuns } from "./former-runs.ts";
import { listFilter, listParams, newestFinished } from "./list.ts";
import { readPairs } from "./pairs.ts";
import { UsageError } from "./usage-error.ts";
import { flag } from "./wire-fields.ts";

export const command: Command = {
  name: "ps",
  summary: "List missions",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      all: { kind: "boolean", short: "a", summary: "the killed ones too, and all finished ones" },
      tree: { kind: "boolean", summary: "children below their parents" },
      children: { kind: "string", placeholder: "ID", summary: "only this mission's children" },
      status: { kind: "csv", placeholder: "S,…", summary: "only missions with one of these statuses" },
      label: { kind: "list", placeholder: "K=V", summary: "only missions with this label" },
      number: { kind: "integer", short: "n", placeholder: "N", summary: `finished missions shown at most (${newestFinished})` },
      output: {
        kind: "csv",
        short: "o",
        placeholder: "COLUMN,…",
        summary: `these columns instead: ${Object.keys(missionColumns).join(", ")}`,
      },
      quiet: { kind: "boolean", short: "q", summary: "ids only" },
      json: { kind: "boolean", summary: "a JSON array of mission objects" },
    },
    description:
      "Live missions and the newest finished ones, oldest first. Killed missions show with -a. A tree shows of each pipeline its newest run and of each agent in it its newest mission; with -a the earlier ones too, marked as such.",
    examples: [
      ["overmind ps --status running,restarting", "what is up"],
      ["overmind ps -o id,account,status,until,tokens,cost", "chosen columns, never cut"],
      ["overmind stop $(overmind ps -q --label team=docs)", "stop all missions of a label"],
    ],
    needs: "autostart",
    async run(context, { flags }) {
      refuseUnknownColumns(flags.output);
      const isWhole = flags.all || flags.quiet || flags.json;
      const client = await context.connect();
      const { missions, more } = await client.request<{ missions: MissionView[]; more: number }>(
        "list",
        {
          all: flags.all,
          children: flags.children,
          status: flags.status.length > 0 ? asStatuses(flags.status) : undefined,
          labels: readPairs(flags.label, "--label"),
          limit: flags.number ?? (isWhole ? undefined : newestFinished),
          counted: true,
        },
        { resend: true },
      );
      if (flags.json) await context.screen.line(JSON.stringify(missions));
      else if (flags.quiet) await context.screen.write(missions.map((mission) => `${mission.id}\n`).join(""));
      else if (flags.output.length > 0) {
        await context.screen.line(missionColumnsTable(missions, flags.output, Date.now()));
        if (more > 0) context.screen.say(moreText(more));
      } else {
        const { columns, hasColor } = context.screen;
        const former = flags.tree ? formerRuns(missions) : new Set<string>();
        // Who asks for certain missions, or for all, gets them.
        const isPicked = flags.all || flags.status.length > 0 || flags.label.length > 0 || flags.number !== undefined;
        const shown = isPicked ? missions : missions.filter(({ id }) => !former.has(id));
        await context.screen.line(missionTable(shown, { columns, hasColor, now: Date.now(), tree: flags.tree, former }));
        if (more > 0) context.screen.say(moreText(more));
        if (shown.length < missions.length) context.screen.say(formerText(missions.length - shown.length));
      }
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ ...listParams.entries, tree: flag }),
    run(daemon, given) {
      const { missions } = daemon.list(listFilter({ ...given, limit: given.limit ?? (given.all ? undefined : newestFinished) }));
      return missionTable(missions, { columns: null, hasColor: false, now: Date.now(), tree: given.tree });
    },
  }),
};

const moreText = (more: number): string => `${more} older finished missions are not shown; -n N or -a shows more`;

const formerText = (count: number): string =>
  `${count} ${count === 1 ? "mission" : "missions"} of earlier runs not shown; -a shows ${count === 1 ? "it" : "them"}`;

function refuseUnknownColumns(names: readonly string[]): void {
  const unknown = names.find((name) => !Object.hasOwn(missionColumns, name));
  if (unknown !== undefined) throw new UsageError(`-o takes ${Object.keys(missionColumns).join(", ")}, not '${unknown}'`);
}

function asStatuses(words: readonly string[]): readonly string[] {
  const unknown = words.find((word) => !(statuses as readonly string[]).includes(word));
  if (unknown === undefined) return words;
  throw new UsageError(`--status takes ${statuses.join(", ")}, not '${unknown}'`);
}
