import { isoTime } from "../base/clock.ts";
import type { DaemonStatus, EventView } from "../protocol/messages.ts";
import type { MissionView } from "../protocol/mission.ts";
import { missionTable } from "../protocol/mission-table.ts";
import { type Command, commandLine } from "./command.ts";
import type { CommandLineContext, Requester } from "./command-line-context.ts";
import { fittingMissions } from "./fitting-missions.ts";
import { newestFinished } from "./list.ts";
import { LiveScreen } from "./live-screen.ts";
import { statusText } from "./status.ts";

const defaultIntervalMs = 2000;
/** Between two drawings, however much happens. */
const leastIntervalMs = 200;

export const command: Command = {
  name: "monitor",
  summary: "Show status and missions, kept up to date, until q",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      interval: { kind: "duration", unit: "s", placeholder: "S", summary: "time between two looks where nothing happens (2s)" },
      all: { kind: "boolean", short: "a", summary: "the killed ones too" },
      json: { kind: "boolean", summary: "print once, as a JSON object: status and missions" },
    },
    description:
      "Drawn again as things happen. q or Ctrl-C ends it. Without a terminal, or a keyboard to end it by, it prints once.",
    examples: [["overmind monitor", "watch missions come and go"]],
    needs: "autostart",
    async run(context, { flags }) {
      const client = await context.connect();
      if (flags.json) {
        const { status, missions } = await look(client, flags.all);
        await context.screen.line(JSON.stringify({ status, missions }));
        return 0;
      }
      if (!context.screen.isTerminal || !context.stdin.isTTY) {
        await context.screen.line(await page(client, context, flags.all));
        return 0;
      }
      await keepDrawn(client, context, { all: flags.all, intervalMs: flags.interval ?? defaultIntervalMs });
      return 0;
    },
  }),
};

async function keepDrawn(
  client: Requester,
  context: CommandLineContext,
  { all, intervalMs }: { readonly all: boolean; readonly intervalMs: number },
): Promise<void> {
  const over = new AbortController();
  const live = new LiveScreen(context, () => over.abort());
  let wake: () => void = () => {};
  await live.open();
  const listening = noteEvents(client, over.signal, () => wake()).catch((error) => {
    if (!over.signal.aborted) over.abort(error);
  });
  process.stdout.on("resize", () => wake());
  try {
    while (!over.signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await live.show(await page(client, context, all));
      await pause(leastIntervalMs, over.signal);
      await Promise.race([woken, pause(Math.max(0, intervalMs - leastIntervalMs), over.signal)]);
    }
  } finally {
    live.close();
    over.abort();
    await listening;
  }
  if (over.signal.reason instanceof Error && over.signal.reason.name !== "AbortError") throw over.signal.reason;
}

/** Calls back at each event from now on, also those of the next daemon. */
async function noteEvents(client: Requester, signal: AbortSignal, seen: () => void): Promise<void> {
  const { last_event } = await client.request<DaemonStatus>("status", {}, { resend: true });
  const args = { follow: true, since: last_event };
  const events = client.stream<EventView>("events", args, {
    signal,
    resume: (last) => ({ ...args, since: last?.seq ?? last_event }),
  });
  for await (const _ of events) seen();
}

/** What is now; `more`: finished missions that are left out. */
async function look(client: Requester, all: boolean) {
  const [status, list] = await Promise.all([
    client.request<DaemonStatus>("status", {}, { resend: true }),
    client.request<{ missions: MissionView[]; more: number }>(
      "list",
      { all, limit: newestFinished, counted: true },
      { resend: true },
    ),
  ]);
  return { status, ...list };
}

async function page(client: Requester, { screen }: CommandLineContext, all: boolean): Promise<string> {
  const { status, missions, more } = await look(client, all);
  const { columns, hasColor } = screen;
  const now = Date.now();
  const head = `${statusText(status)}\n${isoTime(now).slice(11, 19)} UTC`
    .split("\n")
    .map((line) => line.slice(0, columns ?? line.length));
  const table = (shown: readonly MissionView[]) => missionTable(shown, { columns, hasColor, now, tree: true }).split("\n");
  const rows = screen.isTerminal ? (process.stdout.rows || 24) - head.length - 1 : Number.POSITIVE_INFINITY;
  // The head of the table is a line, and what is left out is told in one.
  const isWhole = missions.length + 1 + (more > 0 ? 1 : 0) <= rows;
  if (isWhole)
    return [...head, "", ...table(missions), ...(more > 0 ? [`${more} older finished missions are not shown`] : [])].join("\n");
  const shown = fittingMissions(missions, rows - 2);
  return [...head, "", ...table(shown), `${missions.length - shown.length + more} more: overmind ps`].join("\n");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
