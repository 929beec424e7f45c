import { readFileSync, realpathSync } from "node:fs";
import { findProgram } from "../../base/find-program.ts";
import { nativeCodexPaths } from "../../providers/codex.ts";
import type { ProviderKind } from "../../providers/provider.ts";

/**
 * The program to start in an agent's stead, looked for at each start as the agent itself would be;
 * null: the agent by its usual name. Codex is started by a launcher that may stay as its parent.
 *
 * @param environment path of the mission's environment, whose PATH counts
 */
export function agentProgram(kind: ProviderKind, environment: string, cwd: string): string | null {
  if (kind !== "codex") return null;
  try {
    const launcher = findProgram("codex", pathIn(environment), cwd);
    if (launcher === null) return null;
    const natives = nativeCodexPaths(realpathSync(launcher), process.platform, process.arch);
    return natives.find((native) => findProgram(native, "", cwd) !== null) ?? null;
  } catch {
    // What is wrong here shows when it is started by its name.
    return null;
  }
}

/** The last entry stands, as where an environment is made of them. */
function pathIn(environment: string): string {
  const entries = readFileSync(environment, "latin1").split("\0");
  const found = entries.findLast((entry) => entry.startsWith("PATH="));
  return found === undefined ? "" : Buffer.from(found.slice("PATH=".length), "latin1").toString();
}
