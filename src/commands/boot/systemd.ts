import { existsSync } from "node:fs";
import { join } from "node:path";
import { tryProgram } from "../doctor/programs.ts";
import type { Starter } from "./starter.ts";
import { systemdUnit, type UnitFacts, unitName } from "./units.ts";

/** The user instance of systemd. */
export function systemd(facts: UnitFacts, suffix: string, userDirectory: string): Starter {
  const unit = unitName(suffix);
  const path = join(userDirectory, unit);
  const ask = (...words: string[]) => tryProgram("systemctl", ["--user", ...words]);
  const inOrder = async (...steps: readonly (readonly string[])[]): Promise<string | null> => {
    for (const step of steps) {
      const { code, output } = await ask(...step);
      if (code !== 0) return `systemctl --user ${step.join(" ")} failed: ${output || "it did not end in time"}`;
    }
    return null;
  };
  return {
    kind: "systemd",
    unit,
    path,
    text: systemdUnit(facts),
    byHand: `systemctl --user daemon-reload && systemctl --user enable --now ${unit}`,
    lingerHint: "loginctl enable-linger",
    isReachable: async () => (await ask("show-environment")).code === 0,
    enable: () => inOrder(["daemon-reload"], ["enable", unit], ["restart", unit]),
    disable: () => inOrder(["disable", "--now", unit]),
    forget: async () => {
      await ask("daemon-reload");
    },
    async look() {
      const [enabled, active, linger] = await Promise.all([ask("is-enabled", unit), ask("is-active", unit), isLingering()]);
      const isKnown = await this.isReachable();
      return {
        isInstalled: existsSync(path),
        isEnabled: isKnown ? enabled.code === 0 : null,
        isActive: isKnown ? active.code === 0 : null,
        isLingering: linger,
      };
    },
  };
}

async function isLingering(): Promise<boolean | null> {
  const { code, output } = await tryProgram("loginctl", ["show-user", String(process.getuid?.() ?? ""), "--property=Linger"]);
  return code === 0 ? /^Linger=yes$/m.test(output) : null;
}
