import * as v from "valibot";
import { isMissionName, missionNameWanted } from "../base/mission-name.ts";
import type { PlanView } from "../blueprint/plan.ts";
import type { Wanted } from "../blueprint/select.ts";
import type { RunAnswer } from "../protocol/messages.ts";
import { blueprintPath, paramValues } from "./blueprint/blueprint-fields.ts";
import { fileAt, fileNamed, fileWord, givenParams, paramFlags, showAnswer, valueOrThrow } from "./blueprint/blueprint-file.ts";
import type { ChangeView } from "./blueprint/diff-text.ts";
import { followFlags, followPipeline } from "./blueprint/follow-pipeline.ts";
import { callerEnvironment, callerLimits } from "./caller/caller.ts";
import { surroundingMission } from "./caller/surrounding-mission.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { knownParent } from "./known-parent.ts";
import { UsageError } from "./usage-error.ts";
import { count, texts } from "./wire-fields.ts";

export const command: Command = {
  name: "apply",
  summary: "Run the agents of a blueprint as a pipeline",
  group: "Blueprints",
  commandLine: commandLine({
    flags: {
      ...paramFlags,
      name: { kind: "string", placeholder: "NAME", summary: "the pipeline's name; the blueprint's otherwise" },
      only: { kind: "csv", placeholder: "AGENT,…", summary: "run these agents and what they depend on" },
      from: { kind: "string", placeholder: "AGENT", summary: "run this agent and all that depends on it" },
      "dry-run": { kind: "boolean", summary: "show what would start, as plan does" },
      ...followFlags,
    },
    positionals: fileWord,
    description:
      "The pipeline is a mission, the parent of its agents: ps --tree, info, logs, wait, stop and kill work on it. Agents start when what they depend on is met; the first failure ends the pipeline with exit code 1, unless on_failure says otherwise. Editing the file changes nothing in what runs until it is applied again: services that differ are then stopped and started anew, tasks that differ or had failed run again with the tasks that depend on them, all others stay as they are, and it says why; while tasks of it have not ended that is refused. A pipeline goes on while its services are up: end it with down, or let them end with the last task (keep_services = false). --from takes what lies before the agent for done, with the results of the newest finished run of this name.",
    examples: [
      ["overmind apply", "run overmind.toml of this directory"],
      ["overmind apply --wait -p topic=bees team.toml", "exit code 0 only if all that had to succeed did"],
      ["overmind apply --from write", "begin at write, with what the last run researched"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [file] }) {
      const params = await givenParams(flags);
      const { changesText, missingIn, missingLines, plan, planText } = await import("./blueprint/blueprint-desk.ts");
      const found = fileNamed(file);
      const wanted = wantedPart(flags);
      const planned = plan(found, params, wanted);
      if (flags["dry-run"] || "refusal" in planned)
        return showAnswer(context, planned, (made) =>
          flags.json ? JSON.stringify(made) : planText(made, context.screen.columns),
        );
      const missing = missingIn(found, wanted, context.environment["PATH"] ?? "");
      if ("value" in missing) for (const line of missingLines(found.shown, missing.value)) context.screen.say(line);
      const caller = callerEnvironment(context.environment);
      const asked = {
        path: found.path,
        params,
        ...wanted,
        name: flags.name,
        inherited_parent: surroundingMission(context),
        env: caller.env,
        env_bytes: caller.env_bytes.length > 0 ? caller.env_bytes : undefined,
        ...callerLimits(),
      };
      return apply(context, asked, flags, changesText, lastingServices(planned.value));
    },
  }),
  wire: wire({
    params: v.object({
      path: blueprintPath,
      params: paramValues,
      only: v.optional(v.pipe(v.array(v.string(), "must be a list of agents"), v.minLength(1, "must name an agent"))),
      from: v.optional(v.string("must be the name of an agent")),
      name: v.optional(v.pipe(v.string("must be text"), v.check(isMissionName, missionNameWanted))),
      /** The mission in which the caller runs; one that is not known here is no error. */
      inherited_parent: v.optional(v.string()),
      env: v.optional(texts),
      env_bytes: v.optional(v.array(v.pipe(v.string(), v.base64("must be base64 of NAME=value")))),
      umask: v.optional(v.pipe(count, v.maxValue(0o777, "must be a file mode"))),
      nofile: v.optional(count),
      nice: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-20), v.maxValue(19))),
    }),
    async run(daemon, given) {
      const { prepare } = await import("./blueprint/blueprint-desk.ts");
      const { only, from } = given;
      const prepared = valueOrThrow(prepare(fileAt(given.path), given.params, { only, from }));
      return daemon.apply({
        ...prepared,
        isPart: only !== undefined || from !== undefined,
        name: given.name,
        parent: knownParent(daemon, given.inherited_parent),
        env: given.env ?? (process.env as Record<string, string>),
        envBytes: given.env_bytes,
        umask: given.umask,
        nofile: given.nofile,
        nice: given.nice,
      });
    },
  }),
};

/** Services that keep the pipeline from ending by itself. */
function lastingServices({ waves, keep_services }: PlanView): readonly string[] {
  const agents = waves.flat();
  const endsByTask = !keep_services && agents.some((agent) => agent.type !== "service" && !agent.finally);
  return endsByTask ? [] : agents.filter(({ type }) => type === "service").map(({ name }) => name);
}

interface ApplyAnswer extends RunAnswer {
  /** Of a pipeline that ran already: what becomes of its agents. */
  readonly changes?: readonly ChangeView[];
}

async function apply(
  context: CommandLineContext,
  asked: object,
  flags: Parameters<typeof followPipeline>[3],
  textOf: (changes: readonly ChangeView[]) => string,
  services: readonly string[],
): Promise<number> {
  const client = await context.connect();
  const answer = await client.request<ApplyAnswer>("apply", asked);
  const { id, name, changes } = answer;
  const asJson = { id, name, ...(changes !== undefined && { changes }) };
  // Its end may never come by itself, which a script that waits for it would learn by hanging.
  if ((flags.wait || flags.follow) && !flags.json && services.length > 0)
    context.screen.say(
      `Note: ${name} goes on while its services are up (${services.join(", ")}); to end it: overmind down ${name}`,
    );
  return followPipeline(context, client, { id, name, line: startedText(answer, textOf), asJson }, flags);
}

function startedText({ id, name, changes }: ApplyAnswer, textOf: (changes: readonly ChangeView[]) => string): string {
  if (changes === undefined) return `Started pipeline ${id} (${name})`;
  if (changes.length === 0) return `Pipeline ${id} (${name}) runs as the file says`;
  return `Changed pipeline ${id} (${name})\n${textOf(changes)}`;
}

/** @throws UsageError */
function wantedPart({ only, from }: { readonly only: readonly string[]; readonly from: string | undefined }): Wanted {
  if (only.length > 0 && from !== undefined) throw new UsageError("--only and --from exclude each other");
  return { ...(only.length > 0 && { only }), ...(from !== undefined && { from }) };
}
