import { findProgram } from "../../base/find-program.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import { providerNamed } from "../../providers/registry.ts";

/** A program that agents of a blueprint run, and that is not there. */
export interface MissingProgram {
  readonly program: string;
  readonly provider: string;
  /** Their names. */
  readonly agents: readonly string[];
}

/**
 * The programs of agents that are found nowhere. Of an agent that may bring a PATH of its own, or names its
 * program by a reference, nothing is said.
 *
 * @param path the PATH that agents inherit
 */
export function missingPrograms(agents: Iterable<Agent>, path: string): readonly MissingProgram[] {
  const missing = new Map<string, { program: string; provider: string; agents: string[] }>();
  for (const agent of agents) {
    const program = programOf(agent);
    if (program === null || agent.env.has("PATH") || agent.envFiles.length > 0) continue;
    if (findProgram(program, path, agent.cwd) !== null) continue;
    const found = missing.get(program) ?? { program, provider: agent.provider, agents: [] };
    found.agents.push(agent.name);
    missing.set(program, found);
  }
  return [...missing.values()];
}

/** One line for each of them. @param shown the blueprint, as it was named */
export const missingLines = (shown: string, missing: readonly MissingProgram[]): readonly string[] =>
  missing.map(({ program, provider, agents }) => {
    const whose = `${agents.length === 1 ? "agent" : "agents"} ${agents.join(", ")}`;
    return `Warning: ${shown}: there is no program '${program}' on the PATH, so ${whose} (${provider}) cannot start (program_not_found)`;
  });

/** What an agent runs, where that is known beforehand; a plain command is its author's own affair. */
function programOf({ provider, work }: Agent): string | null {
  if (provider === "raw") return null;
  const { program } = providerNamed(provider).capabilities;
  if (program !== null) return program;
  const parts = work.is === "prompt" ? (work.program[0]?.parts ?? []) : work.is === "argv" ? (work.words[0]?.parts ?? []) : [];
  const [word] = parts;
  return parts.length === 1 && typeof word === "string" ? word : null;
}
