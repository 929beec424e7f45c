import * as v from "valibot";
import { isoTime } from "../base/clock.ts";
import type { TopView } from "../protocol/top.ts";
import { type Command, commandLine, noReply, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { LiveScreen } from "./live-screen.ts";
import { topTable } from "./top/top-table.ts";
import { UsageError } from "./usage-error.ts";
import { flag } from "./wire-fields.ts";

const defaultIntervalMs = 2000;
const leastIntervalMs = 200;

export const command: Command = {
  name: "top",
  summary: "Show what live missions use: processor, memory, time",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      once: { kind: "boolean", summary: "print once, as without a terminal" },
      interval: { kind: "duration", unit: "s", placeholder: "S", summary: "time between two looks (2s)" },
      json: { kind: "boolean", summary: "one JSON object a look" },
    },
    description:
      "CPU and memory are those of all processes of a mission, measured only while somebody looks. 100 % is one processor. q ends it; without a terminal, or a keyboard to end it by, it prints once.",
    examples: [
      ["overmind top", "what is busy, until q"],
      ["overmind top --json --interval 10s", "a line every ten seconds, for a script"],
    ],
    needs: "autostart",
    async run(context, { flags }) {
      const { screen } = context;
      const isRepeated = !flags.once && ((screen.isTerminal && context.stdin.isTTY) || flags.interval !== undefined);
      const interval_ms = flags.interval;
      if (interval_ms !== undefined && interval_ms < leastIntervalMs)
        throw new UsageError(
          `--interval takes at least ${leastIntervalMs / 1000}s: more looks than that would be load of their own`,
        );
      if (!isRepeated) {
        const view = await (await context.connect()).request<TopView>("top", { once: true }, { resend: true });
        await screen.line(
          flags.json ? JSON.stringify(view) : topTable(view, { columns: screen.columns, rows: null, hasColor: screen.hasColor }),
        );
        return 0;
      }
      if (screen.isTerminal && !flags.json) return drawn(context, interval_ms);
      for await (const view of looks(await context.connect(), interval_ms))
        await screen.line(
          flags.json ? JSON.stringify(view) : `${topTable(view, { columns: null, rows: null, hasColor: false })}\n`,
        );
      return 0;
    },
  }),
  wire: wire({
    /** `once`: one look is the answer; otherwise looks come as events until the client goes. */
    params: v.object({
      once: flag,
      interval_ms: v.optional(
        v.pipe(v.number("must be a number"), v.minValue(leastIntervalMs, `must be at least ${leastIntervalMs}`)),
        defaultIntervalMs,
      ),
    }),
    async run(daemon, { once, interval_ms }, call) {
      for await (const view of daemon.top({ intervalMs: interval_ms, signal: call.signal })) {
        if (once) return view;
        await call.emit(view);
      }
      return call.keepsConnection ? true : noReply;
    },
  }),
};

/** Goes on with the next daemon when this one ends. */
const looks = (
  client: Awaited<ReturnType<CommandLineContext["connect"]>>,
  interval_ms: number | undefined,
  signal?: AbortSignal,
): AsyncGenerator<TopView, unknown> =>
  client.stream<TopView>("top", { interval_ms }, { resume: () => ({ interval_ms }), ...(signal ? { signal } : {}) });

async function drawn(context: CommandLineContext, interval_ms: number | undefined): Promise<number> {
  const client = await context.connect();
  const over = new AbortController();
  const live = new LiveScreen(context, () => over.abort());
  await live.open();
  try {
    for await (const view of looks(client, interval_ms, over.signal)) await live.show(page(view, context));
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    live.close();
  }
  return 0;
}

function page(view: TopView, { screen }: CommandLineContext): string {
  const { columns, hasColor } = screen;
  const rows = process.stdout.rows || 24;
  const running = view.missions.filter(({ os_pid }) => os_pid !== null).length;
  const title = `Overmind  ${isoTime(Date.parse(view.time)).slice(11, 19)} UTC  ${view.missions.length} live, ${running} with a process`;
  return `${title.slice(0, columns ?? 80)}\n\n${topTable(view, { columns, rows: rows - 2, hasColor })}`;
}
