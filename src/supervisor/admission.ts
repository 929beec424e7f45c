import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { BootMoment } from "../base/boot-moment.ts";
import { OvermindError } from "../base/errors.ts";
import { isMissionName } from "../base/ids.ts";
import { signalName } from "../base/signals.ts";
import type { MissionPolicy, MissionSpec } from "../mission/spec.ts";
import { type RestartPolicy, restartPolicies } from "../protocol/mission.ts";
import type { RunRequest } from "./daemon-context.ts";
import { queueOf } from "./queue/queue-admission.ts";
import { budgetOf } from "./spending/budget-admission.ts";
import { agentOf, shownCommand } from "./talk/agent-admission.ts";

export interface AdmissionDesk {
  /** What a policy is where the request says nothing. */
  readonly defaults: MissionPolicy;
  /** Epoch ms. */
  readonly now: number;
  readonly moment: BootMoment;
  /** Used where the client sent no directory. */
  readonly cwd: string;
  newId(): string;
  newName(): string;
  isNameTaken(name: string): boolean;
  /** The id of the mission that bears this id or name, if one does. */
  findId(reference: string): string | undefined;
  isPoolKnown(name: string): boolean;
  /** @throws OvermindError invalid_argument when a child of this parent would be too deep, or one too many */
  checkPlace(parent: string): void;
  /** Whether this mission is a group that holds members now. */
  isLiveGroup(id: string): boolean;
  /** Why missions cannot have terminals here, with what helps; null: they can. */
  terminalProblem(): { readonly says: string; readonly fix: string } | null;
  /** The id of the mission that the request comes from, if it comes from one of this home. */
  callerId(request: RunRequest): string | undefined;
}

// execve(2): one argument holds at most 128 KiB with its NUL (MAX_ARG_STRLEN).
const longestArgument = 131_071;

/**
 * What a request asks for, checked and completed. Nothing is made yet.
 *
 * @throws OvermindError empty_command, invalid_argument, cwd_not_found, name_taken, parent_not_found, invalid_restart_policy
 */
export function admit(request: RunRequest, desk: AdmissionDesk): MissionSpec {
  const place = resolve(request.cwd ?? desk.cwd);
  const agent = agentOf(request, place);
  const work = agent === null ? commandOf(request) : { command: shownCommand(agent, request.provider), argv: null };
  const cwd = directory(place);
  const parent = parentOf(request, desk);
  if (parent !== null) desk.checkPlace(parent);
  const name = nameOf(request, desk);
  const spec: MissionSpec = {
    id: desk.newId(),
    name,
    type: request.type,
    provider: request.provider,
    model: request.model ?? null,
    ...work,
    cwd,
    parent,
    labels: request.labels,
    createdAt: desk.now,
    createdMoment: desk.moment,
    umask: request.umask ?? null,
    nofile: request.nofile ?? null,
    nice: request.nice ?? null,
    stdin: request.type === "session" || agent !== null ? "open" : request.stdin,
    removeAfter: request.removeAfter,
    policy: policyOf(request, parent !== null && desk.isLiveGroup(parent) ? memberDefaults(desk.defaults) : desk.defaults),
    queue: queueOf(request, desk),
    group: null,
    agent,
    ...(request.approvals === undefined ? {} : { approvals: request.approvals }),
    terminal: terminalOf(request, desk),
    account: accountNamed(request),
  };
  return { ...spec, budget: budgetOf(spec, request.budget ?? {}) };
}

function accountNamed({ account, provider }: RunRequest): string | null {
  if (account === undefined) return null;
  if (provider !== "raw" && isMissionName(account)) return account;
  const why =
    provider === "raw"
      ? "is only for agents: a command meets no limit"
      : "takes a letter or digit, then up to 62 of A-Za-z0-9_.-";
  throw new OvermindError("invalid_argument", `account: ${why}`, { details: { field: "account", account } });
}

function terminalOf({ terminal, provider }: RunRequest, desk: AdmissionDesk): MissionSpec["terminal"] {
  if (terminal === undefined) return null;
  const details = { field: "tty" };
  if (provider !== "raw") {
    throw new OvermindError("invalid_argument", `tty: ${provider} is driven by its protocol; only commands have a terminal`, {
      details,
      hint: `Run its own interface as a command: overmind run --tty -- ${provider}`,
    });
  }
  const problem = desk.terminalProblem();
  if (problem !== null) throw new OvermindError("invalid_argument", `tty: ${problem.says}`, { details, hint: `${problem.fix}.` });
  return terminal;
}

function commandOf({ command, shownCommand, argv, type }: RunRequest): Pick<MissionSpec, "command" | "argv" | "shellLine"> {
  if (argv !== undefined && argv.length > 0) {
    if (argv[0] === "") throw new OvermindError("empty_command", undefined, { hint: "The word behind -- is empty." });
    for (const word of argv) checkArgument(word, "argv");
    return { command: argv.map(quoted).join(" "), argv };
  }
  if (command !== undefined && command.trim() !== "") {
    checkArgument(command, "command");
    const isShownOtherwise = shownCommand !== undefined && shownCommand !== command;
    return { argv: null, ...(isShownOtherwise ? { command: shownCommand, shellLine: command } : { command }) };
  }
  // A session without a command echoes what it is sent.
  if (type === "session") return { command: "cat", argv: null };
  throw new OvermindError("empty_command", undefined, { hint: "Name a command: overmind run 'npm test'" });
}

function checkArgument(text: string, field: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > longestArgument) {
    throw new OvermindError(
      "invalid_argument",
      `${field} has ${bytes} bytes; the system allows ${longestArgument} in one argument`,
      {
        details: { field, bytes, limit: longestArgument },
        hint: "Put the text into a file, or give it on stdin (run -i).",
      },
    );
  }
  if (text.includes("\0")) throw new OvermindError("invalid_argument", `${field} holds a NUL byte`, { details: { field } });
}

function directory(cwd: string): string {
  let problem = "does not exist";
  try {
    if (statSync(cwd).isDirectory()) return cwd;
    problem = "is not a directory";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") problem = `cannot be used: ${(error as Error).message}`;
  }
  throw new OvermindError("cwd_not_found", `the working directory ${cwd} ${problem}`, { details: { field: "cwd", cwd } });
}

function nameOf({ name }: RunRequest, desk: AdmissionDesk): string {
  if (name === undefined) return desk.newName();
  if (!isMissionName(name)) {
    throw new OvermindError("invalid_argument", `name takes a letter or digit, then up to 62 of A-Za-z0-9_.-, not '${name}'`, {
      details: { field: "name", expected: "[A-Za-z0-9][A-Za-z0-9_.-]{0,62}" },
    });
  }
  if (desk.isNameTaken(name)) {
    throw new OvermindError("name_taken", undefined, {
      details: { name },
      hint: `A live mission is called ${name}: choose another name, or stop it first.`,
    });
  }
  return name;
}

function parentOf(request: RunRequest, desk: AdmissionDesk): string | null {
  if (request.parent === undefined) return desk.callerId(request) ?? null;
  const parent = desk.findId(request.parent);
  if (parent === undefined) {
    const says = `no mission has the id or name '${request.parent}', which was given as parent`;
    throw new OvermindError("parent_not_found", says, { details: { parent: request.parent } });
  }
  return parent;
}

// A group restarts what crashes, and its window, not the member's, says when to give up.
const memberDefaults = (defaults: MissionPolicy): MissionPolicy => ({ ...defaults, restart: "on_failure", maxRestarts: 0 });

function policyOf(request: RunRequest, defaults: MissionPolicy): MissionPolicy {
  return {
    restart: request.restart === undefined ? defaults.restart : restartPolicy(request.restart),
    successCodes: request.successCodes ?? defaults.successCodes,
    maxRestarts: request.maxRestarts ?? defaults.maxRestarts,
    maxSeconds: request.maxSeconds ?? defaults.maxSeconds,
    backoffMs: request.backoffMs ?? defaults.backoffMs,
    backoffMaxMs: request.backoffMaxMs ?? Math.max(defaults.backoffMaxMs, request.backoffMs ?? defaults.backoffMs),
    jitter: request.jitter ?? defaults.jitter,
    stableSeconds: request.stableSeconds ?? defaults.stableSeconds,
    graceMs: request.graceMs ?? defaults.graceMs,
    stopSignal: request.stopSignal === undefined ? defaults.stopSignal : signalName(request.stopSignal, "stop_signal"),
    timeoutMs: boundOf(request.timeoutMs, defaults.timeoutMs),
    keepLeftovers: request.keepLeftovers || defaults.keepLeftovers,
    activityTimeoutMs: boundOf(request.activityTimeoutMs, defaults.activityTimeoutMs),
    onStall: request.onStall ?? defaults.onStall,
    deadlineMs: boundOf(request.deadlineMs, defaults.deadlineMs),
    memoryMaxBytes: request.memoryMaxBytes ?? defaults.memoryMaxBytes,
    onParentExit: request.onParentExit ?? defaults.onParentExit,
    autoResume: request.autoResume ?? defaults.autoResume,
    maxResumes: defaults.maxResumes,
    onBudget: request.onBudget ?? defaults.onBudget,
    onAsk: request.onAsk ?? defaults.onAsk ?? "ask",
  };
}

/** A bound of 0 is none, also where config.toml has one: nothing could run within it. */
const boundOf = (given: number | undefined, usual: number | null): number | null => (given ?? usual) || null;

function restartPolicy(text: string): RestartPolicy {
  const policy = text.replace("-", "_") as RestartPolicy;
  if (restartPolicies.includes(policy)) return policy;
  throw new OvermindError("invalid_restart_policy", undefined, {
    details: { restart: text, known: restartPolicies },
    hint: "restart takes never, on-failure or always.",
  });
}

// As a person would type it: a word that a shell would change is quoted.
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
