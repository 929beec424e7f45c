import { asOvermindError, type OvermindError } from "../base/errors.ts";
import type { RunAnswer } from "../protocol/messages.ts";
import type { Status, WaitResult } from "../protocol/mission.ts";
import { forwardStdin } from "./caller/forward-stdin.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext, Requester } from "./command-line-context.ts";
import { errorLines } from "./error-lines.ts";
import { knownParent } from "./known-parent.ts";
import { printLog } from "./log/print-log.ts";
import { exitCodeOfFailedWait } from "./outcome/exit-code.ts";
import { unlessInterrupted } from "./outcome/interrupted.ts";
import { reportEnd } from "./outcome/report-end.ts";
import { tellingAsked } from "./outcome/tell-asked.ts";
import { flagNamed } from "./run/flag-named.ts";
import { noteIdleRestartFlags } from "./run/idle-restart-flags.ts";
import { lateFlag } from "./run/late-flag.ts";
import { type RunArguments, runFlags, runRequestArguments } from "./run/run-flags.ts";
import { runParams, runRequest } from "./run/run-params.ts";
import { UsageError } from "./usage-error.ts";
import { wholeInput } from "./whole-input.ts";

export const command: Command = {
  name: "run",
  summary: "Start a mission: any command, supervised",
  group: "Missions",
  commandLine: commandLine({
    flags: runFlags,
    positionals: {
      usage: "COMMAND…",
      summary: "one word is a shell line, several are joined; after -- an argv without a shell",
      least: 0,
      most: Number.POSITIVE_INFINITY,
      endsFlags: true,
    },
    description:
      "The command runs in this directory with this environment, and goes on when this terminal or the daemon ends. Flags of run stand before the command. A bare number is seconds where S is asked, milliseconds where MS is.",
    examples: [
      ["overmind run 'npm test && npm run lint'", "a shell line in the background"],
      ["overmind run -f npm test", "show its output and exit with its code"],
      ["overmind run -f --provider claude 'explain this repository'", "an agent; also: overmind claude run …"],
      ["overmind run --name web --restart on-failure -- node server.js", "without a shell, restarted when it fails"],
    ],
    needs: "autostart",
    async run(context, given) {
      const args = { ...runRequestArguments(context, given), ...(await wordsOfAgent(context, given)) };
      noteLateFlag(context, given);
      await noteIdleRestartFlags(context, given.flags);
      const isAwaited = given.flags.wait || given.flags.follow;
      try {
        return await (isAwaited ? runToEnd : runOnly)(context, given, args);
      } catch (thrown) {
        if (thrown instanceof UsageError) throw thrown;
        const error = flagNamed(asOvermindError(thrown));
        if (!isAwaited) throw error;
        return failed(context, given, error);
      }
    },
  }),
  wire: wire({
    params: runParams,
    async run(daemon, given, call) {
      const started = await daemon.run(runRequest(given, given.parent ?? knownParent(daemon, given.inherited_parent)));
      // One who asks without an id, as shell scripts do, may ask for the pid next: it is there by then.
      if (!given.wait && !call.keepsConnection) await daemon.wait(started.id, { for: begun, signal: call.signal });
      if (!given.wait) return started;
      // Asked in the same breath, so that not even a mission that is removed at its end is missed.
      const end = daemon.wait(started.id, { signal: call.signal });
      if (call.keepsConnection) await call.emit(started);
      return end;
    },
  }),
};

/** An agent's words are its prompt; `-` is all of standard input, which holds more than an argument can. */
async function wordsOfAgent(context: CommandLineContext, { flags, positionals, afterDashes }: RunArguments): Promise<object> {
  if (flags.provider === undefined || flags.provider === "raw") return {};
  const words = flags.prompt ?? (flags.provider === "acp" && afterDashes ? undefined : positionals.join(" "));
  const prompt = words === "-" ? await wholeInput(context.stdin) : words || undefined;
  return flags.provider === "acp" && afterDashes ? { prompt } : { prompt, command: undefined, argv: undefined };
}

function noteLateFlag({ screen }: CommandLineContext, { flags, positionals, afterDashes }: RunArguments): void {
  const late = afterDashes || (flags.provider ?? "raw") !== "raw" ? null : lateFlag(positionals);
  if (late !== null) screen.say(`Note: ${late} stands behind the command and is a word of it; flags of run stand before it.`);
}

const begun: readonly Status[] = ["running", "queued", "waiting", "paused"];

async function runOnly(context: CommandLineContext, { flags }: RunArguments, args: object): Promise<number> {
  const client = await context.connect();
  const started = await client.request<RunAnswer>("run", { ...args, remove_after: flags.rm });
  await context.screen.line(flags.json ? JSON.stringify({ id: started.id, name: started.name }) : startedLine(started));
  if (flags.interactive) return (await feed(context, client, started)) ? 0 : 125;
  return 0;
}

const startedLine = ({ id, name }: RunAnswer): string => `Started mission ${id} (${name})`;

/**
 * Gives the mission this command's input. When the daemon dies under it nobody knows how much the
 * agent got: the rest is not sent, the input is ended, and the person is told.
 */
async function feed(context: CommandLineContext, client: Requester, { id, name }: RunAnswer): Promise<boolean> {
  try {
    await forwardStdin(client, id, context.stdin);
    return true;
  } catch (thrown) {
    context.screen.say(`The input of ${name} was cut short: ${asOvermindError(thrown).message}`);
    await client.request("stdin", { id, eof: true }, { resend: true }).catch(() => undefined);
    return false;
  }
}

/** Ctrl-C leaves the mission running. */
async function runToEnd(context: CommandLineContext, given: RunArguments, args: object): Promise<number> {
  let started: RunAnswer | undefined;
  const way = given.flags.follow ? "logs -f" : "wait";
  const hint = () => (started ? `Mission ${started.name} goes on. Back to it: overmind ${way} ${started.name}` : "");
  return unlessInterrupted(context.screen, hint, async () => {
    const client = await context.connect();
    const report = (mission: RunAnswer) => {
      started = mission;
    };
    return given.flags.follow
      ? followToEnd(context, client, given, args, report)
      : waitToEnd(context, client, given, args, report);
  });
}

type Report = (started: RunAnswer) => void;

async function waitToEnd(
  context: CommandLineContext,
  client: Requester,
  { flags }: RunArguments,
  args: object,
  report: Report,
): Promise<number> {
  const stream = client.stream<RunAnswer>("run", { ...args, remove_after: flags.rm, wait: true });
  const first = await stream.next();
  if (first.done) return reportEnd(context.screen, first.value as WaitResult, { json: flags.json });
  const started = first.value;
  report(started);
  if (!flags.json) await context.screen.line(startedLine(started));
  if (flags.interactive) void feed(context, client, started);
  const endWaiting = context.screen.waiting(`waiting for ${started.name}`);
  const result = await telling(flags, client, started.id, context, () => endOf(stream, client, started.id)).finally(endWaiting);
  return reportEnd(context.screen, result, { json: flags.json });
}

/** The answer of a `run` that waits; when the daemon dies meanwhile, the next one is asked. */
async function endOf(stream: AsyncGenerator<RunAnswer, unknown>, client: Requester, id: string): Promise<WaitResult> {
  try {
    return (await stream.next()).value as WaitResult;
  } catch (thrown) {
    if (asOvermindError(thrown).code !== "unreachable" && asOvermindError(thrown).code !== "shutting_down") throw thrown;
    return client.request<WaitResult>("wait", { id }, { resend: true });
  }
}

async function followToEnd(
  context: CommandLineContext,
  client: Requester,
  { flags }: RunArguments,
  args: object,
  report: Report,
): Promise<number> {
  const started = await client.request<RunAnswer>("run", args);
  report(started);
  if (!flags.json) context.screen.say(startedLine(started));
  // One that is given its input here still needs this command.
  if (!flags.interactive) context.screen.endWithReader(() => unread(started));
  if (flags.interactive) void feed(context, client, started);
  const options = { timestamps: false, json: flags.json, endLine: context.screen.isTerminal };
  await telling(flags, client, started.id, context, () =>
    printLog(client, started.id, { follow: true }, context.screen, options),
  );
  const result = await client.request<WaitResult>("wait", { id: started.id }, { resend: true });
  const code = await reportEnd(context.screen, result, { json: flags.json, quiet: true });
  // Removed here and not by the daemon, which could do so before the last line was read.
  if (flags.rm && result.reason === "completed") await client.request("rm", { id: started.id });
  return code;
}

/** It may have ended when this is said, its last lines still unread. */
const unread = ({ name }: RunAnswer): string =>
  `Nobody reads this any more. Mission ${name} goes on, unless it has ended. Back to it: overmind logs -f ${name}`;

/** An agent may ask for what a person has to answer; a command never does. */
const telling = <Result>(
  { provider }: RunArguments["flags"],
  client: Requester,
  id: string,
  { screen }: CommandLineContext,
  work: () => Promise<Result>,
): Promise<Result> => (provider === undefined || provider === "raw" ? work() : tellingAsked(client, id, screen, work));

async function failed(context: CommandLineContext, { flags }: RunArguments, error: OvermindError): Promise<number> {
  if (flags.json) await context.screen.line(JSON.stringify({ source: "overmind", error: error.message, code: error.code }));
  context.screen.say(errorLines(error));
  return exitCodeOfFailedWait(error.code);
}
