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
      "Agents that were added (+), removed (-) or changed (~), with the keys that differ, old -> new. Params are filled in as apply would fill them in. Values of the environment are compared and never shown. Exits 0 when nothing differs and 1 when something does, as git diff --exit-code; 125 when it could not compare.",
    examples: [
      ["overmind diff", "what has changed in overmind.toml since it was applied"],
      ["overmind diff team.toml staging || overmind apply --name staging team.toml", "apply only what differs"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [word, name] }) {
      const params = await givenParams(flags);
      const { diffText, nameIn, prepare } = await import("./blueprint/blueprint-desk.ts");
      const file = fileNamed(word);
      try {
        const prepared = prepare(file, params);
        if ("refusal" in prepared && prepared.refusal.problems.length > 0) {
          for (const line of problemLines(prepared.refusal)) context.screen.say(line);
          return exitCodeOfFailedWait(prepared.refusal.code);
        }
        valueOrThrow(prepared);
        const client = await context.connect();
        const asked = { path: file.path, params, id: name ?? valueOrThrow(nameIn(file)) };
        const view = await client.request<DiffView>("diff", asked, { resend: true });
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
      const { differences, prepare } = await import("./blueprint/blueprint-desk.ts");
      const now = valueOrThrow(prepare(fileAt(path), params));
      const name = id ?? now.blueprint.name;
      const { row, applied } = picture(daemon, name);
      const made = differences(applied, now);
      const same = made.blueprint.length === 0 && made.agents.length === 0;
      return { id: row.id, name: row.name, status: row.status, same, ...made };
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
