import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readQuickly } from "../../../src/cli/quick-reader.ts";
import { globalFlags, type RawArguments, toArguments } from "../../../src/cli/raw-arguments.ts";
import { readSlowly } from "../../../src/cli/slow-reader.ts";
import type { Command, CommandLine, Flags } from "../../../src/commands/command.ts";
import { loadCommands } from "../../../src/commands/index.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";

type Typed = Command & { readonly commandLine: CommandLine<Flags> };
let commands: readonly Typed[] = [];

beforeAll(async () => {
  commands = [...(await loadCommands()).values()].filter((command): command is Typed => command.commandLine !== undefined);
});

const values = [
  "x",
  "0",
  "7",
  "5s",
  "-1",
  "a=b",
  "a,b",
  ",",
  "",
  " ",
  "--",
  "-",
  "true",
  "false",
  "=",
  "é😀",
  "{}",
  "on-failure",
  "mission.*",
];
const words = [
  "-a-b",
  "-f-",
  "ID",
  "ls",
  "-la",
  "--",
  "-",
  "x=y",
  "--nothing",
  "-Z",
  "--no-json",
  "'quoted word'",
  "--name",
  "__proto__",
];

/** One word of a line, or a flag with its value, as people write them and as nobody does. */
function pieces(side: CommandLine<Flags>): fc.Arbitrary<readonly string[]> {
  const all: Flags = { ...side.flags, ...globalFlags };
  const flags = Object.entries(all);
  const flag = fc.constantFrom(...flags).chain(([name, { kind, short }]) => {
    const long = fc.constantFrom(...values).map((value) => (kind === "boolean" ? [`--${name}`] : [`--${name}`, value]));
    const joined = fc.constantFrom(...values).map((value) => [`--${name}=${value}`]);
    const brief = fc.constantFrom(...values).map((value) => (kind === "boolean" ? [`-${short}`] : [`-${short}`, value]));
    const glued = fc
      .oneof(fc.constantFrom(...values), fc.string())
      .map((value) => [`-${short}${kind === "boolean" ? "" : value}`]);
    return short === undefined ? fc.oneof(long, joined) : fc.oneof(long, joined, brief, glued);
  });
  const word = fc.oneof(fc.constantFrom(...words), fc.constantFrom(...values), fc.string()).map((text) => [text]);
  return fc.oneof({ weight: 2, arbitrary: flag }, word);
}

function outcome(side: CommandLine<Flags>, raw: RawArguments): unknown {
  try {
    return toArguments(side, raw);
  } catch (error) {
    return (error as Error).message;
  }
}

function readAlike(name: string, given: readonly string[]): void {
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  const quick = readQuickly(command.commandLine, given);
  if (quick === null) return;
  const slow = readSlowly(command, given);
  if (!("arguments" in slow)) throw new Error(`${command.name} ${JSON.stringify(given)}: ${slow.mistake}`);
  expect(slow.arguments.positionals).toEqual(quick.positionals);
  expect(outcome(command.commandLine, slow.arguments)).toEqual(outcome(command.commandLine, quick));
}

describe("whatever words a command gets", () => {
  it("the slow reader understands all that the quick one takes, and as the same", () => {
    for (const command of commands) {
      const line = fc.array(pieces(command.commandLine), { maxLength: 6 }).map((parts) => parts.flat());
      const alike = fc.property(fc.constant(command.name), line, readAlike);
      assertKept("arguments", alike, { numRuns: 60 });
    }
    // Yargs reads some 3,000 lines, which takes its time on a machine that does other things.
  }, 60_000);

  it.each(casesOf<[string, string[]]>("arguments"))("they do in the kept case $name", ({ values }) => {
    readAlike(...values);
  });
});
