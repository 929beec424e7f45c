import { statSync } from "node:fs";
import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { isMissionName } from "../base/mission-name.ts";
import type { GraphFormat, GraphView } from "../blueprint/draw-graph.ts";
import type { Answer } from "./blueprint/blueprint-desk.ts";
import { blueprintPath } from "./blueprint/blueprint-fields.ts";
import { fileAt, fileNamed, showAnswer, usualFile, valueOrThrow } from "./blueprint/blueprint-file.ts";
import { type Command, commandLine, wire } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { reference } from "./wire-fields.ts";

// Spelled out: the drawing itself is loaded only when it is drawn.
const formats = ["ascii", "mermaid", "dot", "json"] as const satisfies readonly GraphFormat[];

/** The graph of a pipeline with how its agents stand. */
interface LiveGraph extends GraphView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

export const command: Command = {
  name: "graph",
  summary: "Draw which agents of a blueprint wait for which",
  group: "Blueprints",
  commandLine: commandLine({
    flags: {
      format: { kind: "choice", choices: formats, summary: "ascii (the default), mermaid, dot or json" },
      live: { kind: "boolean", summary: "with how the agents of the pipeline stand that runs, or ran last" },
      json: { kind: "boolean", summary: "the same as --format json" },
    },
    positionals: {
      usage: "[FILE|NAME]",
      summary: `the blueprint, ${usualFile} here otherwise; or a pipeline, as --live`,
      least: 0,
      most: 1,
    },
    description:
      "Each agent stands below the last one it waits for; others are named beside it. A file needs no daemon. A word that is no file names a pipeline: its agents are drawn as it runs them, each with its state.",
    examples: [
      ["overmind graph", "a tree of the agents"],
      ["overmind graph --live", "the same with their states"],
      ["overmind graph --format dot team.toml | dot -Tsvg > team.svg", "a picture through graphviz"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [word] }) {
      const { drawing, drawView, nameIn } = await import("./blueprint/blueprint-desk.ts");
      const format = flags.json ? "json" : ((flags.format as GraphFormat | undefined) ?? "ascii");
      const pipeline = word !== undefined && !isFile(word) && (await canBeAsked(context, word)) ? word : null;
      if (pipeline === null && !flags.live) return showAnswer(context, drawing(fileNamed(word), format), (text) => text);
      const name: Answer<string> = pipeline === null ? nameIn(fileNamed(word)) : { value: pipeline };
      if ("refusal" in name) return showAnswer<string>(context, name, (text) => text);
      const view = await liveGraph(context, name.value, word);
      await context.screen.line(format === "json" ? JSON.stringify(view) : drawView(view, format));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({ path: v.optional(blueprintPath), id: v.optional(reference) }),
    async run(daemon, { path, id }) {
      const { graphOf, graphWith } = await import("./blueprint/blueprint-desk.ts");
      if (id === undefined && path === undefined)
        throw new OvermindError("invalid_argument", "path: must be the path of a blueprint", { details: { field: "path" } });
      if (id === undefined) return valueOrThrow(graphOf(fileAt(path ?? "")));
      const { row, applied, states } = daemon.pipelines.picture(id);
      return { id: row.id, name: row.name, status: row.status, ...graphWith(applied.blueprint.agents, states) };
    },
  }),
};

/** A pipeline is known when no daemon runs, too; for what looks like a missing file none is started. */
async function canBeAsked(context: CommandLineContext, word: string): Promise<boolean> {
  if (isMissionName(word) && !word.endsWith(".toml")) return true;
  return (await context.connectIfRunning()) !== null;
}

async function liveGraph(context: CommandLineContext, name: string, word: string | undefined): Promise<LiveGraph> {
  const client = await context.connect();
  try {
    return await client.request<LiveGraph>("graph", { id: name });
  } catch (error) {
    if (!(error instanceof OvermindError) || error.code !== "not_found") throw error;
    const what = word === name ? "neither a file nor a pipeline" : "no pipeline";
    throw new OvermindError("not_found", `${what} is called '${name}'`, { details: { reference: name } });
  }
}

const isFile = (word: string): boolean => statSync(word, { throwIfNoEntry: false })?.isFile() === true;
