import type { Blueprint } from "../../../src/blueprint/blueprint.ts";
import { type Problem, problemsOf } from "../../../src/blueprint/problems.ts";
import { parseBlueprint } from "../../../src/blueprint/read-blueprint.ts";

/** What is wrong with a text, as `LINE:COLUMN: message`. */
export function mistakes(text: string): string[] {
  try {
    parseBlueprint(text);
    return [];
  } catch (error) {
    const problems: readonly Problem[] = problemsOf(error);
    if (problems.length === 0) throw error;
    return problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  }
}

/** Agents with `command = "true"`, each with what it waits for. */
export function team(agents: Readonly<Record<string, string>>, head = ""): Blueprint {
  const tables = Object.entries(agents).map(([name, lines]) => `[agents.${name}]\ncommand = "true"\n${lines}\n`);
  return parseBlueprint(`${head}\n${tables.join("\n")}`);
}
