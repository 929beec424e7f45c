import { resolve } from "node:path";
import type { CommandLineContext } from "../command-line-context.ts";

/** The mission this command runs in, if it is one of this home. */
export function surroundingMission({ environment, paths }: CommandLineContext): string | undefined {
  const home = environment["OVERMIND_HOME"];
  return home !== undefined && home !== "" && resolve(home) === paths.home ? environment["OVERMIND_MISSION_ID"] : undefined;
}
