import type { ConfigView } from "../../protocol/config.ts";
import type { CommandLineContext } from "../command-line-context.ts";
import type { RunArguments } from "./run-flags.ts";

const aboutRestarts = ["max-restarts", "max-seconds", "backoff", "backoff-max", "stable-seconds", "jitter"] as const;

/**
 * Says that flags about restarts do nothing in a mission that never restarts. It is no error: scripts hand on one set
 * of flags with every policy. A group restarts its members by its own strategy, so with a parent nothing is said.
 */
export async function noteIdleRestartFlags(context: CommandLineContext, flags: RunArguments["flags"]): Promise<void> {
  const idle = aboutRestarts.filter((name) => flags[name] !== undefined);
  if (idle.length === 0 || flags.parent !== undefined || (flags.restart ?? "never") !== "never") return;
  // The home may have another default.
  if (flags.restart === undefined && (await usualPolicy(context)) !== "never") return;
  const names = idle.map((name) => `--${name}`).join(", ");
  context.screen.say(
    `Note: it never restarts, so ${names} ${idle.length === 1 ? "does" : "do"} nothing; give --restart on-failure or always.`,
  );
}

/** Undefined where it cannot be told: what keeps it from that keeps the run from it too, which then says so. */
async function usualPolicy(context: CommandLineContext): Promise<unknown> {
  try {
    const client = await context.connect();
    const { values } = await client.request<ConfigView>("config", {}, { resend: true });
    return values["defaults.restart"]?.value;
  } catch {
    return undefined;
  }
}
