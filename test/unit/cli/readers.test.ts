import { describe, expect, it } from "vitest";
import { readQuickly } from "../../../src/cli/quick-reader.ts";
import { toArguments } from "../../../src/cli/raw-arguments.ts";
import { readSlowly } from "../../../src/cli/slow-reader.ts";
import type { Command, CommandLine, Flags } from "../../../src/commands/command.ts";
import { loadCommand, loadCommands } from "../../../src/commands/index.ts";

const accepted: readonly string[] = [
  "run true",
  "run ls -la",
  "run --name a ls --name b",
  "run --name=a --wait -f ls",
  "run -fi cat",
  "run -- ls -la --name x",
  "run --wait -- ls -- x",
  "run ls -- x",
  "run --env A=1 --env B=2=3 --label team=docs env",
  "run --timeout 5s --grace 200ms --backoff 250 --max-seconds 2m true",
  "run --success-codes 0,3 --success-codes 7 true",
  "run --restart on-failure --max-restarts 3 --jitter 0.5 x",
  "run --no-autostart true",
  "run",
  "run --help",
  "ps",
  "ps -a",
  "ps -aq --json",
  "ps --status running,restarting --status stopped",
  "ps -n 5 --tree",
  "ps --label a=b --label c=d --children x1",
  "info x -f .exit_code",
  "info -f .labels.team x",
  "logs a b -f",
  "logs -f --tail 10 a",
  "logs -n 3 -t --since 5m a -- -b",
  "wait a b --any --timeout 200",
  "wait --for running,waiting a",
  "stop a b --cascade",
  "stop -- -a",
  "kill --all",
  "signal a TERM",
  "prune --older-than 7d",
  "prune --older-than 2",
  "events --type mission.* -f --since 10",
  "shutdown --kill",
  "completion bash",
];

const words = (line: string) => line.split(" ");

async function commandOf(line: string) {
  const command = await loadCommand(words(line)[0] ?? "");
  return command as Command & { commandLine: CommandLine<Flags> };
}

describe("a command line that both readers understand", () => {
  it.each(accepted)("is read alike by the quick and the slow reader: %s", async (line) => {
    const command = await commandOf(line);
    const rest = words(line).slice(1);
    const quick = readQuickly(command.commandLine, rest);
    const slow = readSlowly(command, rest);
    expect(quick).not.toBeNull();
    if (quick === null || !("arguments" in slow)) throw new Error(JSON.stringify(slow));
    expect(slow.arguments.positionals).toEqual(quick.positionals);
    expect(slow.arguments.afterDashes).toBe(quick.afterDashes);
    const read = (raw: typeof quick) => {
      try {
        return toArguments(command.commandLine, raw);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(read(slow.arguments)).toEqual(read(quick));
  });
});

describe("a command line with a mistake", () => {
  it.each([
    ["logs --folow a", "there is no flag --folow; did you mean --follow?"],
    ["ps -x", "there is no flag -x"],
    ["wait --timeout", "--timeout takes a value"],
    ["run --wait=yes true", "--wait takes no value"],
    ["ps -a=no", "-a takes no value"],
  ])("is rejected by the quick reader and explained by the slow one: %s", async (line, says) => {
    const command = await commandOf(line);
    expect(readQuickly(command.commandLine, words(line).slice(1))).toBeNull();
    expect(readSlowly(command, words(line).slice(1))).toMatchObject({ mistake: says });
  });

  it.each([
    ["run --timeout soon true", "--timeout takes a duration"],
    ["ps -n many", "--number takes a whole number of at least 0, not 'many'"],
    ["ps -n=-1", "--number takes a whole number of at least 0, not '=-1'"],
    ["logs --tail=-1 x", "--tail takes a whole number of at least 0, not '-1'"],
    ["run --nice=low true", "--nice takes a whole number, not 'low'"],
    ["run --max-cost=-5 true", "--max-cost takes a number of at least 0, not '-5'"],
    ["pool set p --slots=-1", "--slots takes a whole number above 0, not '-1'"],
    ["doctor --minutes=-5", "--minutes takes a number above 0, not '-5'"],
    ["run --type thing true", "--type takes task, session, not 'thing'"],
    ["wait", "ID… is missing"],
    ["ps extra", "takes no words besides flags"],
  ])("says which value is wrong: %s", async (line, says) => {
    const command = await commandOf(line);
    const raw = readQuickly(command.commandLine, words(line).slice(1));
    expect(() => toArguments(command.commandLine, raw as NonNullable<typeof raw>)).toThrow(says);
  });
});

describe("the flags of all commands", () => {
  it("have unique short letters within their command and leave -h to help", async () => {
    for (const command of await loadCommands()) {
      const shorts = Object.values((command.commandLine?.flags ?? {}) as Flags).flatMap((flag) => flag.short ?? []);
      expect(new Set([...shorts, "h"]).size, command.name).toBe(shorts.length + 1);
    }
  });
});
