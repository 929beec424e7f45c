import { type Command, commandLine } from "./command.ts";
import { type Check, checks } from "./doctor/checks.ts";
import type { Finding } from "./doctor/finding.ts";

const marks = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;
const colors = { ok: 32, warn: 33, fail: 31 } as const;

export const command: Command = {
  name: "doctor",
  summary: "Check this machine and say how to fix what is missing",
  group: "Set-up",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "the findings as a JSON array" } },
    description: "Exits 1 when something fails that Overmind needs.",
    needs: "nothing",
    async run(context, { flags }) {
      const findings = await Promise.all(
        checks.map(async (check) => ({ check: check.name, ...(await safely(check, () => check.look(context))) })),
      );
      if (flags.json) await context.screen.line(JSON.stringify(findings));
      for (const finding of flags.json ? [] : findings)
        await context.screen.line(lineOf(finding.check, finding, context.screen.hasColor));
      return findings.some((finding) => finding.state === "fail") ? 1 : 0;
    },
  }),
};

/** A check that breaks is a finding too. */
async function safely(check: Check, look: () => Promise<Finding> | Finding): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return { state: "warn", says: `${check.name} could not be checked: ${(error as Error).message}` };
  }
}

function lineOf(name: string, finding: Finding, hasColor: boolean): string {
  const mark = hasColor ? `\u001b[${colors[finding.state]}m${marks[finding.state]}\u001b[0m` : marks[finding.state];
  const fix = finding.fix === undefined ? "" : `\n       ${" ".repeat(14)}${finding.fix}`;
  return `${mark}   ${name.padEnd(14)}${finding.says}${fix}`;
}
