import * as v from "valibot";
import type { Problem } from "../blueprint/problems.ts";
import type { countAgents } from "./blueprint/blueprint-desk.ts";
import { blueprintPath } from "./blueprint/blueprint-fields.ts";
import { fileAt, fileNamed, showAnswer, usualFile, valueOrThrow } from "./blueprint/blueprint-file.ts";
import { type Command, commandLine, wire } from "./command.ts";

interface Verdict {
  readonly valid: boolean;
  readonly agents: number;
  readonly problems: readonly Problem[];
}

export const command: Command = {
  name: "validate",
  summary: "Check a blueprint and show every mistake with its place",
  group: "Blueprints",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "the verdict and the problems as JSON" } },
    positionals: { usage: "[FILE...]", summary: `the blueprints; ${usualFile} here otherwise`, least: 0, most: 1000 },
    description:
      "Exits 0 when all of them hold, 1 when one does not. Of agents whose program is not on the PATH it warns alone: another machine may have it. Needs no daemon.",
    examples: [
      ["overmind validate", `checks ${usualFile} here`],
      ["overmind validate teams/*.toml", "checks several"],
      ["overmind validate --json team.toml", "the problems for an editor; of several files a list"],
    ],
    needs: "nothing",
    async run(context, { flags, positionals }) {
      const { countAgents, missingLines } = await import("./blueprint/blueprint-desk.ts");
      const files = positionals.length === 0 ? [usualFile] : positionals;
      const check = (file: string) => {
        const answer = countAgents(fileNamed(file), context.environment["PATH"]);
        if ("value" in answer) for (const line of missingLines(file, answer.value.missing)) context.screen.say(line);
        return answer;
      };
      if (!flags.json) {
        let code = 0;
        for (const file of files) code = Math.max(code, await showAnswer(context, check(file), sizeOf(file)));
        return code;
      }
      const verdicts = files.map((file) => ({ file, ...verdictOf(check(file)) }));
      const [first] = verdicts;
      await context.screen.line(JSON.stringify(verdicts.length === 1 ? first : verdicts));
      return verdicts.every(({ valid }) => valid) ? 0 : 1;
    },
  }),
  wire: wire({
    params: v.object({ path: blueprintPath }),
    async run(_daemon, { path }) {
      const { countAgents } = await import("./blueprint/blueprint-desk.ts");
      return verdictOf(countAgents(fileAt(path)));
    },
  }),
};

type Checked = ReturnType<typeof countAgents>;

const sizeOf =
  (file: string) =>
  ({ agents }: { readonly agents: number }) =>
    `${file} holds: ${agents === 1 ? "1 agent" : `${agents} agents`}`;

function verdictOf(answer: Checked): Verdict {
  if ("refusal" in answer && answer.refusal.problems.length > 0)
    return { valid: false, agents: 0, problems: answer.refusal.problems };
  return { valid: true, agents: valueOrThrow(answer).agents, problems: [] };
}
