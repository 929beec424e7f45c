import { asOvermindError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { Command, CommandLine, Flags } from "../commands/command.ts";
import { errorLines } from "../commands/error-lines.ts";
import { commandNames, loadCommand, loadCommands } from "../commands/index.ts";
import { exitCodeOfError } from "../commands/outcome/exit-code.ts";
import { UsageError } from "../commands/usage-error.ts";
import { providerKinds } from "../providers/provider.ts";
import { ProcessContext } from "./process-context.ts";
import { ProcessScreen } from "./process-screen.ts";
import { readQuickly } from "./quick-reader.ts";
import { type RawArguments, toArguments } from "./raw-arguments.ts";

const wrongUsage = 2;

type CommandForLine = Command & { readonly commandLine: CommandLine<Flags> };

/** Does what a command line asks and answers the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const screen = new ProcessScreen(process.env);
  try {
    return await dispatch(words, screen);
  } catch (thrown) {
    const error = asOvermindError(thrown);
    screen.say(errorLines(error));
    return error instanceof UsageError ? wrongUsage : exitCodeOfError(error.code);
  }
}

async function dispatch(words: readonly string[], screen: ProcessScreen): Promise<number> {
  const [first, ...rest] = words;
  if (first === "--no-autostart")
    return rest.length > 0 ? runNamed(rest[0] ?? "", ["--no-autostart", ...rest.slice(1)], screen) : showOverview(screen);
  if (first === undefined || first === "--help" || first === "-h" || first === "help")
    return rest[0] === undefined ? showOverview(screen) : runNamed(rest[0], ["--help"], screen);
  if (first === "--version" || first === "-V" || first === "-v") return screen.line(`overmind ${version}`).then(() => 0);
  if (first === "__complete") return completeWords(rest, screen);
  // `overmind claude run …` is `overmind run --provider claude …`.
  if (rest[0] === "run" && (providerKinds as readonly string[]).includes(first))
    return runNamed("run", ["--provider", first, ...rest.slice(1)], screen);
  if (first.startsWith("-")) throw misplacedFlag(first, rest);
  return runNamed(first, rest, screen);
}

async function runNamed(name: string, words: readonly string[], screen: ProcessScreen): Promise<number> {
  const command = await loadCommand(name);
  if (!hasCommandLine(command)) throw await unknownCommand(name);
  const raw = readQuickly(command.commandLine, words) ?? (await explained(command, words));
  if (raw.values["help"] === true) {
    const { helpOf } = await import("./slow-reader.ts");
    await screen.line(await helpOf(command, Math.min(screen.columns ?? 80, 100)));
    return 0;
  }
  const autostart = command.commandLine.needs === "autostart" && raw.values["no-autostart"] !== true;
  const given = readWords(command, raw);
  return command.commandLine.run(new ProcessContext(screen, autostart), given);
}

const hasCommandLine = (command: Command | undefined): command is CommandForLine => command?.commandLine !== undefined;

function readWords(command: CommandForLine, raw: RawArguments) {
  try {
    return toArguments(command.commandLine, raw);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      error.message.startsWith("--") ? error.message : `${command.name}: ${error.message}`,
      `Try: overmind ${command.name} --help`,
    );
  }
}

/** What the quick reader rejects is a mistake, or a spelling that only the slow one knows. */
async function explained(command: CommandForLine, words: readonly string[]): Promise<RawArguments> {
  const { readSlowly } = await import("./slow-reader.ts");
  const reading = readSlowly(command, words);
  if ("arguments" in reading) return reading.arguments;
  throw new UsageError(`${command.name}: ${reading.mistake}`, reading.hint);
}

function misplacedFlag(flag: string, [command = "", ...words]: readonly string[]): UsageError {
  const right = ["overmind", command, flag, ...words];
  // Words that a shell would read otherwise are not shown without its quotes.
  const canBeCopied = commandNames.includes(command) && right.every((word) => /^[\w.,:=/-]+$/.test(word));
  return new UsageError(
    `flags follow the command: '${flag}' stands where the command is expected`,
    canBeCopied ? `Try: ${right.join(" ")}` : "Try: overmind --help",
    "unknown_command",
  );
}

async function unknownCommand(name: string): Promise<UsageError> {
  if ((providerKinds as readonly string[]).includes(name))
    return new UsageError(`there is no command '${name}'`, `Start an agent: overmind ${name} run …`, "unknown_command");
  const [{ nearestWord }, commands] = await Promise.all([import("../base/nearest-word.ts"), loadCommands()]);
  const known = commandNames.filter((known) => commands.some((command) => command.name === known && command.commandLine));
  const near = nearestWord(name, known);
  return new UsageError(
    `there is no command '${name}'`,
    near === undefined ? "Try: overmind --help" : `Did you mean: overmind ${near}`,
    "unknown_command",
  );
}

async function showOverview(screen: ProcessScreen): Promise<number> {
  const { overview } = await import("./overview.ts");
  await screen.line(overview(await loadCommands()));
  return 0;
}

async function completeWords(words: readonly string[], screen: ProcessScreen): Promise<number> {
  const { complete } = await import("./complete.ts");
  const lines = await complete(words, await loadCommands(), () => new ProcessContext(screen, false));
  await screen.write(lines.map((line) => `${line}\n`).join(""));
  return 0;
}
