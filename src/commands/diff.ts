import * as v from "valibot";
import { asOvermindError, OvermindError } from "../base/errors.ts";
import type { DiffView } from "../blueprint/diff.ts";
import { blueprintPath, paramValues } from "./blueprint/blueprint-fields.ts";
import { fileAt, fileNamed, givenParams, paramFlags, problemLines, usualFile, valueOrThrow } from "./blueprint/blueprint-file.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { errorLines } from "./error-lines.ts";
import { exitCodeOfFailedWait } from "./outcome/exit-code.ts";
import { UsageError } from "./usage-error.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "diff",
  summary: "Compare a blueprint with the pipeline that runs, or ran last",
  group: "Blueprints",
  commandLine: commandLine({
    flags: { ...paramFlags, json: { kind: "boolean", summary: "the differences as JSON" } },
    positionals: {
      usage: "[FILE] [NAME]",
      summary: `the blueprint, ${usualFile} here otherwise; the pipeline's name or id, the blueprint's name otherwise`,
      least: 0,
      most: 2,
    },
    description:
      "Agents that were added (+), removed (-) or changed (~), with the keys that differ, old -> new. Params that are not given are what the pipeline was given; where one was left to its default, the file's default now. Values of the environment are compared and never shown. Exits 0 when nothing differs and 1 when something does, as git diff --exit-code; 125 when it could not compare.",
    examples: [
      ["overmind diff", "what has changed in overmind.toml since it was applied"],
      ["overmind diff team.toml staging || overmind apply --name staging team.toml", "apply only what differs"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [word, name] }) {
      const params = await givenParams(flags);
      const { diffText, nameIn } = await import("./blueprint/blueprint-desk.ts");
      const file = fileNamed(word);
      try {
        // Read here first, as only here all that is wrong with it is told. Its params the daemon fills in.
        const own = nameIn(file);
        if ("refusal" in own && own.refusal.problems.length > 0) {
          for (const line of problemLines(own.refusal)) context.screen.say(line);
          return exitCodeOfFailedWait(own.refusal.code);
        }
        const ownName = valueOrThrow(own);
        const client = await context.connect();
        const asked = { path: file.path, params, id: name ?? ownName };
        const view = await client.request<DiffView>("diff", asked, { resend: true });
        if (!flags.json && view.kept_params.length > 0)
          context.screen.say(`Compared with ${view.kept_params.join(", ")} as ${view.name} was given; -p gives another value.`);
        if (flags.json) await context.screen.line(JSON.stringify(view));
        else if (!view.same) await context.screen.line(diffText(view));
        return view.same ? 0 : 1;
      } catch (thrown) {
        if (thrown instanceof UsageError) throw thrown;
        const error = asOvermindError(thrown);
        context.screen.say(errorLines(error));
        return exitCodeOfFailedWait(error.code);
      }
    },
  }),
  wire: wire({
    params: v.object({ path: blueprintPath, params: paramValues, id: v.optional(reference) }),
    async run(daemon, { path, params, id }): Promise<DiffView> {
      const { differences, nameIn, paramsToKeep, prepare } = await import("./blueprint/blueprint-desk.ts");
      const file = fileAt(path);
      const { row, applied } = picture(daemon, id ?? valueOrThrow(nameIn(file)));
      const kept = valueOrThrow(paramsToKeep(file, applied, params));
      const made = differences(applied, valueOrThrow(prepare(file, { ...kept, ...params })));
      const same = made.blueprint.length === 0 && made.agents.length === 0;
      return { id: row.id, name: row.name, status: row.status, same, kept_params: Object.keys(kept), ...made };
    },
  }),
};

function picture(daemon: Parameters<NonNullable<Command["wire"]>["run"]>[0], name: string) {
  try {
    return daemon.pipelines.picture(name);
  } catch (thrown) {
    const error = asOvermindError(thrown);
    if (error.code !== "not_found") throw thrown;
    const hint = "Name one as the second word, or apply the blueprint first.";
    throw new OvermindError("not_found", `no pipeline is called '${name}'`, { details: { reference: name }, hint });
  }
}
