import * as v from "valibot";
import type { PlanView } from "../blueprint/plan.ts";
import { blueprintPath, paramValues } from "./blueprint/blueprint-fields.ts";
import { fileAt, fileNamed, fileWord, givenParams, paramFlags, showAnswer, valueOrThrow } from "./blueprint/blueprint-file.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";

export const command: Command = {
  name: "plan",
  summary: "Show what a blueprint would start, in which waves",
  group: "Blueprints",
  commandLine: commandLine({
    flags: { ...paramFlags, json: { kind: "boolean", summary: "the plan as JSON" } },
    positionals: fileWord,
    description:
      "Params stand in the commands shown; what is known only on the way, such as results, stays as it is written. Where a daemon runs that remembers earlier runs of this name, it says how long agents are expected to take, and which path is the longest. Starts nothing and needs no daemon.",
    examples: [["overmind plan -p topic=bees", "what apply would do with this topic"]],
    needs: "nothing",
    async run(context, { flags, positionals: [file] }) {
      const given = await givenParams(flags);
      const { plan, planText } = await import("./blueprint/blueprint-desk.ts");
      const found = fileNamed(file);
      const planned = plan(found, given);
      const learned = "refusal" in planned ? null : await withHistory(context, { path: found.path, params: given });
      return showAnswer(context, learned === null ? planned : { value: learned }, (made) =>
        flags.json ? JSON.stringify(made) : planText(made, context.screen.columns),
      );
    },
  }),
  wire: wire({
    params: v.object({ path: blueprintPath, params: paramValues }),
    async run(daemon, { path, params }) {
      const { plan } = await import("./blueprint/blueprint-desk.ts");
      return valueOrThrow(plan(fileAt(path), params, {}, (name) => daemon.pipelines.durations(name)));
    },
  }),
};

/** The plan of a daemon that runs already, which knows how long agents took; null: none does. */
async function withHistory(context: CommandLineContext, asked: object): Promise<PlanView | null> {
  try {
    const client = await context.connectIfRunning();
    return client === null ? null : await client.request<PlanView>("plan", asked);
  } catch {
    // A plan needs no daemon: one that cannot answer takes nothing away from it.
    return null;
  }
}
