import * as v from "valibot";
import { formatDuration } from "../base/durations.ts";
import { cutToWidth, visible } from "../base/text-width.ts";
import type { DaemonContext } from "../supervisor/daemon-context.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { Screen } from "./command-line-context.ts";
import { type Around, explain, type StoryLine } from "./why/explain.ts";
import { clockTime } from "./why/sentences.ts";
import { count, reference } from "./wire-fields.ts";

const shownLines = 30;
/** Events that are read at most; a mission that restarts for ever has any number of them. */
const readEvents = 500;

interface Why {
  readonly id: string;
  readonly name: string | null;
  readonly summary: string;
  readonly story: readonly StoryLine[];
  /** Whether older events were left out. */
  readonly is_cut: boolean;
}

export const command: Command = {
  name: "why",
  summary: "Tell in plain sentences how a mission came to its status",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      number: { kind: "integer", short: "n", placeholder: "N", summary: `sentences shown at most, the newest (${shownLines})` },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    positionals: { usage: "ID", summary: "id or name", least: 1, most: 1 },
    description:
      "From the event log: what it waits for and since when, how often it was restarted, who stopped it, what it left behind.",
    examples: [["overmind why build", "why it crashed, waits, or still runs"]],
    needs: "autostart",
    async run(context, { flags, positionals: [id] }) {
      const client = await context.connect();
      const why = await client.request<Why>("why", { id }, { resend: true });
      if (flags.json) await context.screen.line(JSON.stringify(why));
      else await context.screen.line(storyText(why, flags.number ?? shownLines, context.screen));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ id: reference, limit: v.optional(v.pipe(count, v.minValue(1), v.maxValue(100_000)), readEvents) }),
    run(daemon, { id, limit }) {
      const { mission, events } = daemon.story(id, limit);
      const { summary, story } = explain(events, mission, Date.now(), around(daemon, mission?.parent ?? null));
      const is_cut = events.length === limit;
      return { id: mission?.id ?? id, name: mission?.name ?? null, status: mission?.status ?? null, summary, story, is_cut };
    },
  }),
};

/** Events of a pipeline among which the moves of one agent are looked for; each agent makes a handful. */
const pipelineEvents = 5000;

function around(daemon: DaemonContext, parent: string | null): Around {
  const called = (id: string) => {
    try {
      return `${daemon.find(id).name} (${id})`;
    } catch {
      // It was removed since.
      return id;
    }
  };
  const found = parent === null ? null : daemon.story(parent, 1).mission;
  if (found?.type !== "blueprint") return { called };
  return { called, pipeline: { name: found.name, events: daemon.story(found.id, pipelineEvents).events } };
}

function storyText({ id, name, summary, story, is_cut }: Why, most: number, { columns, hasColor }: Screen): string {
  const shown = story.slice(Math.max(0, story.length - most));
  const now = Date.now();
  const lines = shown.map(({ time, text }) => {
    const at = Date.parse(time);
    const line = `${clockTime(at)}  ${`${formatDuration(now - at)} ago`.padStart(10)}  ${visible(text)}`;
    // A long command must not hide what follows; whole it stands in `info`.
    return columns === null ? line : cutToWidth(line, Math.max(columns, 40) * 3);
  });
  const isMore = is_cut || shown.length < story.length;
  const head = visible(summary);
  return [
    hasColor ? `\u001b[1m${head}\u001b[0m` : head,
    "",
    ...(isMore ? [`(older events are left out: overmind events --mission ${name ?? id})`] : []),
    ...lines,
  ].join("\n");
}
