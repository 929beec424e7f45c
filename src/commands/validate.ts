import * as v from "valibot";
import type { Problem } from "../blueprint/problems.ts";
import type { Answer } from "./blueprint-desk.ts";
import { blueprintPath } from "./blueprint-fields.ts";
import { fileAt, fileNamed, fileWord, showAnswer, usualFile, valueOrThrow } from "./blueprint-file.ts";
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
    positionals: fileWord,
    description: "Exits 0 when the blueprint holds, 1 when it does not. Needs no daemon.",
    examples: [
      ["overmind validate", `checks ${usualFile} here`],
      ["overmind validate --json team.toml", "the problems for an editor"],
    ],
    needs: "nothing",
    async run(context, { flags, positionals: [file = usualFile] }) {
      const { countAgents } = await import("./blueprint-desk.ts");
      const answer = countAgents(fileNamed(file));
      if (!flags.json)
        return showAnswer(context, answer, (agents) => `${file} holds: ${agents === 1 ? "1 agent" : `${agents} agents`}`);
      const verdict = verdictOf(answer);
      await context.screen.line(JSON.stringify(verdict));
      return verdict.valid ? 0 : 1;
    },
  }),
  wire: wire({
    params: v.object({ path: blueprintPath }),
    async run(_daemon, { path }) {
      const { countAgents } = await import("./blueprint-desk.ts");
      return verdictOf(countAgents(fileAt(path)));
    },
  }),
};

function verdictOf(answer: Answer<number>): Verdict {
  if ("refusal" in answer && answer.refusal.problems.length > 0)
    return { valid: false, agents: 0, problems: answer.refusal.problems };
  return { valid: true, agents: valueOrThrow(answer), problems: [] };
}
