import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDirectory } from "../../support/home.ts";
import type { Seat } from "./real-home.ts";

/** The table of an agent that sits there; `more` are lines of it. */
export function agentTable(name: string, { flags, env }: Seat, more: string): string {
  const settings = flags.flatMap((flag, at) =>
    flag.startsWith("--") ? [`${flag.slice(2)} = ${JSON.stringify(flags[at + 1])}`] : [],
  );
  const variables = Object.entries(env).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `[agents.${name}]\n${settings.join("\n")}\nenv = { ${variables.join(", ")} }\n${more}\n`;
}

/** A directory with this blueprint in it. */
export function seatedBlueprint(name: string, tables: readonly string[]): string {
  const directory = join(freshDirectory(), "b");
  mkdirSync(directory);
  writeFileSync(join(directory, "overmind.toml"), `[blueprint]\nname = "${name}"\n${tables.join("\n")}`);
  return directory;
}
