import * as v from "valibot";
import { blueprintPath, paramValues } from "./blueprint-fields.ts";
import { fileAt, fileNamed, fileWord, givenParams, paramFlags, showAnswer, valueOrThrow } from "./blueprint-file.ts";
import { type Command, commandLine, wire } from "./command.ts";

export const command: Command = {
  name: "plan",
  summary: "Show what a blueprint would start, in which waves",
  group: "Blueprints",
  commandLine: commandLine({
    flags: { ...paramFlags, json: { kind: "boolean", summary: "the plan as JSON" } },
    positionals: fileWord,
    description:
      "Params stand in the commands shown; what is known only on the way, such as results, stays as it is written. Starts nothing and needs no daemon.",
    examples: [["overmind plan -p topic=bees", "what apply would do with this topic"]],
    needs: "nothing",
    async run(context, { flags, positionals: [file] }) {
      const given = await givenParams(flags);
      const { plan, planText } = await import("./blueprint-desk.ts");
      return showAnswer(context, plan(fileNamed(file), given), (made) =>
        flags.json ? JSON.stringify(made) : planText(made, context.screen.columns),
      );
    },
  }),
  wire: wire({
    params: v.object({ path: blueprintPath, params: paramValues }),
    async run(_daemon, { path, params }) {
      const { plan } = await import("./blueprint-desk.ts");
      return valueOrThrow(plan(fileAt(path), params));
    },
  }),
};
