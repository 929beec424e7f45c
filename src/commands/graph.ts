import * as v from "valibot";
import type { GraphFormat } from "../blueprint/draw-graph.ts";
import { blueprintPath } from "./blueprint-fields.ts";
import { fileAt, fileNamed, fileWord, showAnswer, valueOrThrow } from "./blueprint-file.ts";
import { type Command, commandLine, wire } from "./command.ts";

// Spelled out: the drawing itself is loaded only when it is drawn.
const formats = ["ascii", "mermaid", "dot", "json"] as const satisfies readonly GraphFormat[];

export const command: Command = {
  name: "graph",
  summary: "Draw which agents of a blueprint wait for which",
  group: "Blueprints",
  commandLine: commandLine({
    flags: {
      format: { kind: "choice", choices: formats, summary: "ascii (the default), mermaid, dot or json" },
      json: { kind: "boolean", summary: "the same as --format json" },
    },
    positionals: fileWord,
    description: "Each agent stands below the last one it waits for; others are named beside it. Needs no daemon.",
    examples: [
      ["overmind graph", "a tree of the agents"],
      ["overmind graph --format dot team.toml | dot -Tsvg > team.svg", "a picture through graphviz"],
    ],
    needs: "nothing",
    async run(context, { flags, positionals: [file] }) {
      const { drawing } = await import("./blueprint-desk.ts");
      const format = flags.json ? "json" : ((flags.format as GraphFormat | undefined) ?? "ascii");
      return showAnswer(context, drawing(fileNamed(file), format), (text) => text);
    },
  }),
  wire: wire({
    params: v.object({ path: blueprintPath }),
    async run(_daemon, { path }) {
      const { graphOf } = await import("./blueprint-desk.ts");
      return valueOrThrow(graphOf(fileAt(path)));
    },
  }),
};
