import { type Command, commandLine } from "./command.ts";
import { UsageError } from "./usage-error.ts";

export const command: Command = {
  name: "schema",
  summary: "Print the JSON Schema of blueprints, for editors",
  group: "Blueprints",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "on one line" } },
    positionals: { usage: "blueprint", summary: "what to describe; there is blueprint", least: 1, most: 1 },
    description: "Editors that know TOML read it from a first line `#:schema ./overmind.schema.json` of the blueprint.",
    examples: [["overmind schema blueprint > overmind.schema.json", "beside the blueprint that refers to it"]],
    needs: "nothing",
    async run(context, { flags, positionals: [what = ""] }) {
      if (what !== "blueprint") throw new UsageError(`schema describes blueprint, not '${what}'`);
      const { schema } = await import("./blueprint/blueprint-desk.ts");
      await context.screen.line(JSON.stringify(schema(), null, flags.json ? undefined : 2));
      return 0;
    },
  }),
};
