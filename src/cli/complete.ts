import type { Command, CommandLine, Flags } from "../commands/command.ts";
import type { CommandLineContext } from "../commands/command-line-context.ts";
import type { MissionView } from "../protocol/mission.ts";
import { globalFlags } from "./raw-arguments.ts";

/**
 * Candidates for the last of `words` as lines of `candidate<tab>description`, for the scripts of
 * `overmind completion`. Asks a daemon that runs for its missions, and never starts one.
 */
export async function complete(
  words: readonly string[],
  commands: readonly Command[],
  context: () => CommandLineContext,
): Promise<string[]> {
  const word = words.at(-1) ?? "";
  const command = commands.find(
    ({ name, aliases }) => words.length > 1 && (name === words[0] || aliases?.includes(words[0] ?? "")),
  );
  const candidates = command?.commandLine
    ? await ofCommand(command.commandLine, word, words.at(-2) ?? "", context)
    : ofCommands(commands);
  return candidates.filter(([candidate]) => candidate.startsWith(word)).map(([candidate, says]) => `${candidate}\t${says}`);
}

type Candidate = readonly [candidate: string, says: string];

const ofCommands = (commands: readonly Command[]): Candidate[] =>
  commands.filter((command) => command.commandLine).map((command) => [command.name, command.summary]);

async function ofCommand(
  side: CommandLine<Flags>,
  word: string,
  before: string,
  context: () => CommandLineContext,
): Promise<Candidate[]> {
  const flag = before.startsWith("--") ? side.flags[before.slice(2)] : undefined;
  if (flag?.kind === "choice") return flag.choices.map((choice) => [choice, ""]);
  if (word.startsWith("-"))
    return Object.entries({ ...side.flags, ...globalFlags } as Flags).map(([name, { summary }]) => [`--${name}`, summary]);
  return side.positionals?.usage.includes("ID") ? missions(context()) : [];
}

async function missions(context: CommandLineContext): Promise<Candidate[]> {
  const client = await context.connectIfRunning();
  const found = (await client?.request<MissionView[]>("list", { all: true, limit: 100 })) ?? [];
  return found.flatMap(({ id, name, status }): Candidate[] => [
    [name, status],
    [id, name],
  ]);
}
