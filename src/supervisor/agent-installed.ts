import { OvermindError } from "../base/errors.ts";
import { findProgram } from "../base/find-program.ts";
import { providerNamed } from "../providers/registry.ts";
import type { RunRequest } from "./daemon-context.ts";

// Where execvp(3) looks when the environment has no PATH.
const usualPath = "/bin:/usr/bin";

/**
 * Refuses an agent whose program is not where its mission would look for it: it could only start, fail and leave a
 * person to find out why.
 *
 * @param cwd the mission's, from which relative entries of its PATH count
 * @throws OvermindError program_not_found
 */
export function refuseMissingAgent({ provider, env, envBytes }: RunRequest, cwd: string): void {
  const { program } = providerNamed(provider).capabilities;
  if (program === null || hasPath(envBytes)) return;
  const path = (env ?? process.env)["PATH"] ?? usualPath;
  if (findProgram(program, path, cwd) !== null) return;
  // The PATH itself is not told: values of the environment never are.
  const places = path.split(":").length;
  throw new OvermindError(
    "program_not_found",
    `${provider} is not installed: there is no program '${program}' in ${places === 1 ? "the one directory" : `any of the ${places} directories`} of the mission's PATH`,
    {
      details: { provider, program },
      hint: "Install it, or put its directory on the PATH. Which agents are found here: overmind agents-available",
    },
  );
}

/** One that is no UTF-8 cannot be looked through here; the start will tell. */
const hasPath = (entries: RunRequest["envBytes"]): boolean =>
  entries?.some((entry) => Buffer.from(entry, "base64").toString("latin1").startsWith("PATH=")) === true;
