import { existsSync } from "node:fs";
import { join } from "node:path";
import { tryProgram } from "../doctor/programs.ts";
import type { Starter } from "./starter.ts";
import { agentLabel, launchdPlist, type UnitFacts } from "./units.ts";

/** launchd's agents of the person who is logged in. */
export function launchd(facts: UnitFacts, suffix: string, agentsDirectory: string): Starter {
  const label = agentLabel(suffix);
  const path = join(agentsDirectory, `${label}.plist`);
  const domain = `gui/${process.getuid?.() ?? 0}`;
  const failure = async (...words: string[]): Promise<string | null> => {
    const { code, output } = await tryProgram("launchctl", words);
    return code === 0 ? null : `launchctl ${words.join(" ")} failed: ${output || "it did not end in time"}`;
  };
  return {
    kind: "launchd",
    unit: label,
    path,
    text: launchdPlist(facts, label),
    byHand: `launchctl bootstrap ${domain} ${path}`,
    lingerHint: null,
    isReachable: async () => (await failure("print", domain)) === null,
    async enable() {
      // One of that name has to go first; that there is none is no failure.
      await failure("bootout", `${domain}/${label}`);
      return failure("bootstrap", domain, path);
    },
    disable: () => failure("bootout", `${domain}/${label}`),
    forget: async () => {},
    async look() {
      const isLoaded = (await failure("print", `${domain}/${label}`)) === null;
      return { isInstalled: existsSync(path), isEnabled: isLoaded, isActive: isLoaded, isLingering: null };
    },
  };
}
