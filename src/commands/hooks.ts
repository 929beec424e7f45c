import * as v from "valibot";
import { formatDuration } from "../base/durations.ts";
import { visible } from "../base/text-width.ts";
import type { HookView } from "../protocol/config.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { flag } from "./wire-fields.ts";

const shownDead = 5;

export const command: Command = {
  name: "hooks",
  summary: "List the hooks of config.toml, how far they got and what failed",
  group: "Output",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    positionals: {
      usage: "[retry [NAME…]]",
      summary: "retry: try again what was given up, of these hooks or of all",
      least: 0,
      most: Number.POSITIVE_INFINITY,
    },
    description:
      'A hook is a table [[hooks]] in config.toml: on = "mission.ended" (a pattern, or a list), run = "command", and if you like name, timeout = "30s", retries = 5. The command gets the event as a line of JSON on its standard input: at least once, in order; one that fails is tried again with growing delays, then given up and listed here. It runs in the home.',
    examples: [
      ["overmind hooks", "are they up to date?"],
      ["overmind hooks retry notify", "the command works again: deliver what it missed"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [verb, ...names] }) {
      if (verb !== undefined && verb !== "retry") throw new UsageError(`hooks takes retry, not '${verb}'`);
      const client = await context.connect();
      if (verb === "retry") {
        const { retried } = await client.request<{ retried: number }>("hooks", { retry: true, names });
        await context.screen.line(flags.json ? JSON.stringify({ retried }) : `Trying ${deliveries(retried)} again`);
        return 0;
      }
      const hooks = await client.request<HookView[]>("hooks", {}, { resend: true });
      if (flags.json) await context.screen.line(JSON.stringify(hooks));
      else if (hooks.length === 0)
        context.screen.say(`No hooks. ${context.paths.config} may hold [[hooks]]; overmind hooks --help tells how.`);
      else await context.screen.line(hooks.map((hook) => hookText(hook, Date.now())).join("\n"));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      retry: flag,
      names: v.optional(v.array(v.string("must be a hook's name"), "must be a list of names"), []),
    }),
    run: (daemon, { retry, names }) => (retry ? { retried: daemon.hooks.retry(names) } : daemon.hooks.views()),
  }),
};

function hookText(hook: HookView, now: number): string {
  const { name, on, run, state, delivered, lag, tries, retries, retry_at, last_error, last_error_at, dead } = hook;
  const waits =
    state === "waiting" && retry_at !== null
      ? `, try ${tries + 1} of ${retries + 1} in ${formatDuration(Date.parse(retry_at) - now)}`
      : "";
  const lines = [
    `${name}  ${on.join(",")} -> ${visible(typeof run === "string" ? run : run.join(" "))}`,
    `  ${state}${waits}; ${delivered} delivered, ${lag} ${lag === 1 ? "event" : "events"} behind, ${dead.length} given up`,
  ];
  if (last_error !== null && last_error_at !== null)
    lines.push(`  last error ${formatDuration(now - Date.parse(last_error_at))} ago: ${visible(last_error)}`);
  for (const one of dead.slice(-shownDead))
    lines.push(
      `  given up: event ${one.seq} ${one.type} ${one.mission ?? "-"} after ${one.tries} ${one.tries === 1 ? "try" : "tries"}: ${visible(one.last_error)}`,
    );
  if (dead.length > 0) lines.push(`  Try again: overmind hooks retry ${name}`);
  return lines.join("\n");
}

const deliveries = (count: number): string => `${count} ${count === 1 ? "delivery" : "deliveries"}`;
