import * as v from "valibot";
import { blueprintPath } from "./blueprint/blueprint-fields.ts";
import { fileAt, fileNamed, fileWord, showAnswer, valueOrThrow } from "./blueprint/blueprint-file.ts";
import { type Command, commandLine, wire } from "./command.ts";

export const command: Command = {
  name: "agents",
  summary: "List the agents of a blueprint",
  group: "Blueprints",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "a JSON array" } },
    positionals: fileWord,
    description: "In the order of the file, defaults filled in. Needs no daemon.",
    examples: [["overmind agents --json | jq -r '.[].name'", "their names"]],
    needs: "nothing",
    async run(context, { flags, positionals: [file] }) {
      const { agentTable, listAgents } = await import("./blueprint/blueprint-desk.ts");
      return showAnswer(context, listAgents(fileNamed(file)), (agents) =>
        flags.json ? JSON.stringify(agents) : agentTable(agents, context.screen.columns),
      );
    },
  }),
  wire: wire({
    params: v.object({ path: blueprintPath }),
    async run(_daemon, { path }) {
      const { listAgents } = await import("./blueprint/blueprint-desk.ts");
      return valueOrThrow(listAgents(fileAt(path)));
    },
  }),
};
