import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { findStarter } from "./boot/find-starter.ts";
import type { Starter } from "./boot/starter.ts";
import { type Command, commandLine } from "./command.ts";
import type { CommandLineContext } from "./command-line-context.ts";
import { untilGone } from "./outcome/until-gone.ts";
import { UsageError } from "./usage-error.ts";

const verbs = ["install", "uninstall", "status"] as const;

/** What a verb did, for `--json` and for a person. */
interface Done {
  readonly code: number;
  readonly facts: object;
  readonly says: readonly string[];
}

export const command: Command = {
  name: "service",
  summary: "Let the system start the daemon: at boot, and again when it fails",
  group: "Set-up",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "answer as JSON" } },
    positionals: { usage: "install|uninstall|status", summary: "what to do", least: 1, most: 1 },
    description:
      "A unit of systemd --user, or an agent of launchd. Missions then come back after a reboot by themselves. Agents run on when the service ends.",
    examples: [
      ["overmind service install", "start with the machine from now on"],
      ["overmind service status", "exit 1 when it is not installed or does not run"],
    ],
    needs: "nothing",
    async run(context, { flags, positionals: [verb = ""] }) {
      if (!(verbs as readonly string[]).includes(verb)) throw new UsageError(`service takes ${verbs.join(", ")}, not '${verb}'`);
      const starter = findStarter(context);
      const { code, facts, says } = await doVerb(verb as (typeof verbs)[number], starter, context);
      if (flags.json) await context.screen.line(JSON.stringify(facts));
      for (const line of flags.json ? [] : says) await context.screen.line(line);
      return code;
    },
  }),
};

function doVerb(verb: (typeof verbs)[number], starter: Starter | null, context: CommandLineContext): Promise<Done> | Done {
  if (starter === null) {
    const says = "This system has neither systemd nor launchd: start `overmind daemon` by its own means.";
    return { code: 1, facts: { kind: null, installed: false }, says: [says] };
  }
  if (verb === "install") return install(starter, context);
  return verb === "uninstall" ? uninstall(starter) : status(starter);
}

async function install(starter: Starter, context: CommandLineContext): Promise<Done> {
  mkdirSync(dirname(starter.path), { recursive: true });
  writeFileSync(starter.path, starter.text);
  const wrote = `Wrote ${starter.path}`;
  const facts = { kind: starter.kind, unit: starter.unit, path: starter.path, installed: true };
  if (!(await starter.isReachable())) {
    const says = [wrote, `${starter.kind} does not answer here. From a login of your own, run:`, `  ${starter.byHand}`];
    return { code: 1, facts: { ...facts, enabled: false }, says };
  }
  // Two daemons cannot have one home: the one that runs makes room, its agents are adopted.
  await endRunning(context);
  const failure = await starter.enable();
  if (failure !== null) return { code: 1, facts: { ...facts, enabled: false, error: failure }, says: [wrote, failure] };
  const { isLingering } = await starter.look();
  const linger =
    starter.lingerHint === null || isLingering === true
      ? []
      : [`It starts when you log in and ends when you log out. To start it at boot: ${starter.lingerHint}`];
  return {
    code: 0,
    facts: { ...facts, enabled: true, linger: isLingering },
    says: [wrote, `Started ${starter.unit}`, ...linger],
  };
}

async function uninstall(starter: Starter): Promise<Done> {
  const before = await starter.look();
  const facts = { kind: starter.kind, unit: starter.unit, path: starter.path, installed: false };
  if (!before.isInstalled) return { code: 0, facts, says: ["It is not installed"] };
  const failure = (await starter.isReachable()) ? await starter.disable() : null;
  rmSync(starter.path, { force: true });
  await starter.forget();
  const says = [`Removed ${starter.path}`, "Agents run on; the next command starts a daemon for them."];
  return failure === null ? { code: 0, facts, says } : { code: 1, facts: { ...facts, error: failure }, says: [failure, ...says] };
}

async function status(starter: Starter): Promise<Done> {
  const { isInstalled, isEnabled, isActive, isLingering } = await starter.look();
  const { kind, unit, path } = starter;
  const facts = { kind, unit, path, installed: isInstalled, enabled: isEnabled, active: isActive, linger: isLingering };
  if (!isInstalled) return { code: 1, facts, says: ["Not installed. To install it: overmind service install"] };
  const word = (value: boolean | null) => (value === null ? "unknown" : value ? "yes" : "no");
  const says = [
    `Unit     ${path}`,
    `Enabled  ${word(isEnabled)}`,
    `Active   ${word(isActive)}`,
    ...(starter.lingerHint === null
      ? []
      : [`At boot  ${isLingering === false ? `no; for that: ${starter.lingerHint}` : word(isLingering)}`]),
  ];
  return { code: isActive === true ? 0 : 1, facts, says };
}

async function endRunning(context: CommandLineContext): Promise<void> {
  const client = await context.connectIfRunning();
  if (client === null) return;
  await client.request("shutdown", { kill: false });
  context.disconnect();
  await untilGone(context.paths, client.hello.pid);
}
