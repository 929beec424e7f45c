import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { isMissionName } from "../base/mission-name.ts";
import type { RunAnswer } from "../protocol/messages.ts";
import type { WaitResult } from "../protocol/mission.ts";
import { blueprintPath, paramValues } from "./blueprint-fields.ts";
import { fileAt, fileNamed, fileWord, givenParams, paramFlags, showAnswer, valueOrThrow } from "./blueprint-file.ts";
import { callerEnvironment, callerLimits } from "./caller/caller.ts";
import { readEnvFile } from "./caller/env-file.ts";
import { surroundingMission } from "./caller/surrounding-mission.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { knownParent } from "./known-parent.ts";
import { printLog } from "./log/print-log.ts";
import { unlessInterrupted } from "./outcome/interrupted.ts";
import { reportEnd } from "./outcome/report-end.ts";
import { count } from "./wire-fields.ts";

export const command: Command = {
  name: "apply",
  summary: "Run the agents of a blueprint as a pipeline",
  group: "Blueprints",
  commandLine: commandLine({
    flags: {
      ...paramFlags,
      name: { kind: "string", placeholder: "NAME", summary: "the pipeline's name; the blueprint's otherwise" },
      follow: { kind: "boolean", short: "f", summary: "show the pipeline's log, then exit as wait does" },
      wait: { kind: "boolean", summary: "block until it ends and exit with its code" },
      "dry-run": { kind: "boolean", summary: "show what would start, as plan does" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    positionals: fileWord,
    description:
      "The pipeline is a mission, the parent of its agents: ps --tree, info, logs, wait, stop and kill work on it. Agents start when what they depend on is met; the first failure ends the pipeline with exit code 1, unless on_failure says otherwise. Editing the file afterwards changes nothing in what runs.",
    examples: [
      ["overmind apply", "run overmind.toml of this directory"],
      ["overmind apply --wait -p topic=bees team.toml", "exit code 0 only if all that had to succeed did"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [file] }) {
      const params = await givenParams(flags);
      const { plan, planText } = await import("./blueprint-desk.ts");
      const found = fileNamed(file);
      const planned = plan(found, params);
      if (flags["dry-run"] || "refusal" in planned)
        return showAnswer(context, planned, (made) =>
          flags.json ? JSON.stringify(made) : planText(made, context.screen.columns),
        );
      const caller = callerEnvironment(context.environment);
      const asked = {
        path: found.path,
        params,
        name: flags.name,
        inherited_parent: surroundingMission(context),
        env: caller.env,
        env_bytes: caller.env_bytes.length > 0 ? caller.env_bytes : undefined,
        ...callerLimits(),
      };
      return apply(context, asked, flags);
    },
  }),
  wire: wire({
    params: v.object({
      path: blueprintPath,
      params: paramValues,
      name: v.optional(v.pipe(v.string("must be text"), v.check(isMissionName, "must be a mission's name"))),
      /** The mission in which the caller runs; one that is not known here is no error. */
      inherited_parent: v.optional(v.string()),
      env: v.optional(v.record(v.string(), v.string("must be text"), "must be an object of texts")),
      env_bytes: v.optional(v.array(v.pipe(v.string(), v.base64("must be base64 of NAME=value")))),
      umask: v.optional(v.pipe(count, v.maxValue(0o777, "must be a file mode"))),
      nofile: v.optional(count),
      nice: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-20), v.maxValue(19))),
    }),
    async run(daemon, given) {
      const { prepare } = await import("./blueprint-desk.ts");
      const { blueprint, params } = valueOrThrow(prepare(fileAt(given.path), given.params));
      const files = [...blueprint.agents.values()].map((agent) => [agent.name, readEnvFiles(agent)] as const);
      return daemon.apply({
        blueprint,
        params,
        agentEnv: Object.fromEntries(files),
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

interface Wanted {
  readonly follow: boolean;
  readonly wait: boolean;
  readonly json: boolean;
}

async function apply(context: CommandLineContext, asked: object, { follow, wait, json }: Wanted): Promise<number> {
  const { screen } = context;
  const client = await context.connect();
  const { id, name } = await client.request<RunAnswer>("apply", asked);
  const line = `Started pipeline ${id} (${name})`;
  if (follow && !json) screen.say(line);
  else if (!json) await screen.line(line);
  else if (!wait && !follow) await screen.line(JSON.stringify({ id, name }));
  if (!wait && !follow) return 0;
  const hint = () => `Pipeline ${name} goes on. Back to it: overmind ${follow ? "logs -f" : "wait"} ${name}`;
  return unlessInterrupted(screen, hint, async () => {
    const shown = { timestamps: false, json, endLine: screen.isTerminal };
    if (follow) await printLog(client, id, { follow: true }, screen, shown);
    const result = await client.request<WaitResult>("wait", { id }, { resend: true });
    return reportEnd(screen, result, { json, quiet: follow });
  });
}

function readEnvFiles({ name, envFiles }: { readonly name: string; readonly envFiles: readonly string[] }) {
  try {
    return Object.assign({}, ...envFiles.map(readEnvFile)) as Record<string, string>;
  } catch (error) {
    throw new OvermindError("blueprint_invalid", `agents.${name}.env_file: ${(error as Error).message}`, {
      details: { agent: name },
    });
  }
}
