// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { dirname, resolve } from "node:path";
import { parseDuration } from "../base/durations.ts";
import { budgetOf, optionsOf, pointlessKeys } from "./agent-options.ts";
import { approvalsOf } from "./approvals.ts";
import type { Agent, AgentPolicy, Condition, Dependency, FanOut, Ready, Work } from "./blueprint.ts";
import { pathText } from "./check-shape.ts";
import { type Expression, readExpression, referencesOf } from "./expression.ts";
import { mostInstances, type RawAgent } from "./format.ts";
import { httpUrl } from "./http-url.ts";
import type { LoadedFile } from "./load-files.ts";
import { listOf } from "./load-files.ts";
import { combinationsOf } from "./matrix.ts";
import type { Reference } from "./reference.ts";
import type { Needle, Path } from "./source.ts";
import { readTemplate, type Template } from "./template.ts";

/** A reference where it is used, to be checked once all agents are known. */
export interface Use {
  readonly reference: Reference;
  readonly shown: string;
  /** Which of those that look like it in the same text, from 0. */
  readonly nth: number;
  readonly path: Path;
  /** `verify` runs after the agent and may use its own result; `when` is decided once for all of a fan-out; a `foreach` takes a list; `shell`: the shell takes it for a variable; `nothing`: its braces are missing. */
  readonly by: "work" | "verify" | "when" | "foreach" | "shell" | "nothing";
}

/** What reading an agent needs to know and where it tells of problems. */
export interface AgentDesk {
  readonly name: string;
  readonly file: LoadedFile;
  /** The blueprint's directory. */
  readonly directory: string;
  /** With the defaults filled in, paths absolute. */
  readonly raw: RawAgent;
  /** What `depends_on` means for this agent when it is only named. */
  plainCondition(agent: string): Condition;
  /** Whether it may have said one of these keys in words that could not be understood. */
  mayHave(...keys: readonly (keyof RawAgent)[]): boolean;
  report(message: string, path: Path, needle?: Needle): void;
  use(use: Use): void;
}

/** A table of the file as an agent. Problems are reported, and something is answered all the same. */
export function readAgent(desk: AgentDesk): Agent {
  const { name, raw } = desk;
  const fanOut = fanOutOf(desk);
  const own = [
    ...(fanOut === null ? [] : ["index"]),
    ...(fanOut?.is === "foreach" ? ["item"] : []),
    ...(raw.ready || raw.type === "service" ? ["port"] : []),
  ];
  checkWords(desk, fanOut);
  return {
    name,
    description: raw.description ?? null,
    work: workOf(desk, own),
    provider: raw.provider ?? "raw",
    type: raw.type ?? "task",
    model: raw.model ?? null,
    options: optionsOf(raw, (text, key) => template(desk, text, "text", own, at(desk, key))),
    budget: budgetOf(raw),
    cwd: raw.cwd ?? desk.directory,
    env: envOf(desk),
    envFiles: listOf(raw.env_file),
    policy: { ...policyOf(raw), approvals: rulesOf(desk) },
    labels: { ...raw.labels },
    dependsOn: dependenciesOf(desk),
    when: whenOf(desk),
    retry: raw.retry ?? 0,
    verify: verifyOf(desk, own),
    verifyRounds: raw.verify_rounds ?? 0,
    ready: readyOf(desk, own),
    expects: raw.schema === undefined ? (raw.expects ?? "text") : "json",
    schema: raw.schema ?? null,
    fanOut,
    maxParallel: raw.max_parallel ?? null,
    strategy: raw.strategy ?? null,
    isFinally: raw.finally ?? false,
  };
}

/** Paths against the file that says them. */
export function withAbsolutePaths<Raw extends Pick<RawAgent, "cwd" | "env_file">>(raw: Raw, file: LoadedFile): Raw {
  const directory = dirname(file.path);
  return {
    ...raw,
    ...("mcp_config" in raw && typeof raw.mcp_config === "string" && { mcp_config: resolve(directory, raw.mcp_config) }),
    ...(raw.cwd !== undefined && { cwd: resolve(directory, raw.cwd) }),
    ...(raw.env_file !== undefined && { env_file: listOf(raw.env_file).map((path) => resolve(directory, path)) }),
    ...("schema" in raw && typeof raw.schema === "string" && { schema: resolve(directory, raw.schema) }),
  };
}

const at = ({ name }: AgentDesk, ...keys: Path): Path => ["agents", name, ...keys];
const named = ({ name }: AgentDesk): string => pathText(["agents", name]);

function workOf(desk: AgentDesk, own: readonly string[]): Work {
  const { command, argv, prompt, provider = "raw", type } = desk.raw;
  const given = ["command", "argv", "prompt"].filter((key) => desk.raw[key as "command"] !== undefined);
  // Of acp `argv` is the agent's program.
  const isProgram = provider === "acp" && argv !== undefined && given.length === 2;
  if (given.length > 1 && !isProgram)
    desk.report(
      `${named(desk)} has ${given.map((key) => `\`${key}\``).join(" and ")}: give one of them`,
      at(desk, given[1] ?? ""),
    );
  if (provider === "acp" && argv === undefined && !desk.mayHave("argv"))
    desk.report(`${named(desk)} has no program: give it as \`argv\`, as the provider acp runs any`, at(desk));
  if (type === "service" && provider !== "raw")
    desk.report(
      `${named(desk)}: an agent that is kept up is a session: \`type = "session"\`; a service is a command`,
      at(desk, "type"),
    );
  const words = (argv ?? []).map((word, index) => template(desk, word, "text", own, at(desk, "argv", index)));
  const program = provider === "acp" ? words : [];
  if (prompt !== undefined && provider === "raw" && !desk.mayHave("provider"))
    desk.report(
      `${named(desk)} has a \`prompt\` but no provider to answer it: set \`provider\`, such as "claude"`,
      at(desk, "prompt"),
    );
  if (argv !== undefined && provider !== "raw" && provider !== "acp")
    desk.report(`${named(desk)}: the provider ${provider} takes a \`prompt\`, not \`argv\``, at(desk, "argv"));
  if (prompt !== undefined) return { is: "prompt", text: template(desk, prompt, "text", own, at(desk, "prompt")), program };
  if (argv !== undefined && provider !== "acp") return { is: "argv", words };
  // As with `run --provider`, where the command's words are what the agent is asked.
  if (command !== undefined && provider !== "raw")
    return { is: "prompt", text: template(desk, command, "text", own, at(desk, "command")), program };
  if (command !== undefined) return { is: "command", line: template(desk, command, "shell", own, at(desk, "command")) };
  if (type !== "session" && !desk.mayHave("command", "argv", "prompt", "type"))
    desk.report(`${named(desk)} has no command: give \`command\`, \`argv\`, or \`prompt\` with a provider`, at(desk));
  return { is: "nothing" };
}

function template(
  desk: AgentDesk,
  text: string,
  kind: "text" | "shell",
  own: readonly string[],
  path: Path,
  by: Use["by"] = "work",
): Template {
  const { template, uses, bare, strays, mistakes } = readTemplate(text, kind, own);
  for (const { message, shown, nth } of mistakes) desk.report(`${pathText(path)}: ${message}`, path, { text: shown, nth });
  for (const { reference, shown, nth } of uses) desk.use({ reference, shown, nth, path, by });
  for (const { reference, shown, nth } of bare) desk.use({ reference, shown, nth, path, by: "nothing" });
  for (const { reference, shown, nth } of strays)
    if (desk.raw.env?.[reference.of] === undefined && desk.raw.env_file === undefined)
      desk.use({ reference, shown, nth, path, by: "shell" });
  return template;
}

function envOf(desk: AgentDesk): ReadonlyMap<string, Template> {
  const pairs = Object.entries(desk.raw.env ?? {});
  return new Map(pairs.map(([name, text]) => [name, template(desk, text, "text", [], at(desk, "env", name))]));
}

function verifyOf(desk: AgentDesk, own: readonly string[]): Template[] {
  const { verify } = desk.raw;
  if (verify !== undefined && desk.raw.type === "service")
    desk.report(`${named(desk)} is a service, which never completes, so that \`verify\` would never run`, at(desk, "verify"));
  return listOf(verify).map((text, index) =>
    template(desk, text, "shell", own, typeof verify === "string" ? at(desk, "verify") : at(desk, "verify", index), "verify"),
  );
}

function readyOf(desk: AgentDesk, own: readonly string[]): Ready | null {
  const { ready } = desk.raw;
  if (ready === undefined) return null;
  const { log, http, command } = ready;
  if (log === undefined && http === undefined && command === undefined)
    desk.report(`${named(desk)}.ready says nothing: give \`log\`, \`http\` or \`command\``, at(desk, "ready"));
  if (http !== undefined && !isHttp(http))
    desk.report(`${named(desk)}.ready.http takes a URL such as "http://127.0.0.1:\${port}/health"`, at(desk, "ready", "http"));
  const timeoutMs = durationMs(ready.timeout, "s") ?? 30_000;
  if (timeoutMs === 0) desk.report(`${named(desk)}.ready.timeout takes a time above 0`, at(desk, "ready", "timeout"));
  return {
    log: log ?? null,
    http: http === undefined ? null : template(desk, http, "text", own, at(desk, "ready", "http")),
    command: command === undefined ? null : template(desk, command, "shell", own, at(desk, "ready", "command")),
    timeoutMs,
  };
}

/** Of one with references as far as its words say it. */
const isHttp = (url: string): boolean => (url.includes("${") ? /^(https?:\/\/|\$\{)/.test(url) : httpUrl(url) !== null);

function dependenciesOf(desk: AgentDesk): Dependency[] {
  const given = desk.raw.depends_on ?? [];
  if (!Array.isArray(given))
    return Object.entries(given as Record<string, Condition>).map(([agent, condition]) => ({ agent, condition }));
  return [...new Set(given as readonly string[])].map((agent) => ({ agent, condition: desk.plainCondition(agent) }));
}

function whenOf(desk: AgentDesk): Expression | null {
  const { when } = desk.raw;
  if (when === undefined) return null;
  const path = at(desk, "when");
  const expression = readExpression(when);
  if (typeof expression === "string") {
    desk.report(`${pathText(path)}: ${expression}`, path);
    return null;
  }
  for (const { reference, shown } of referencesOf(expression)) desk.use({ reference, shown, nth: 0, path, by: "when" });
  return expression;
}

function fanOutOf(desk: AgentDesk): FanOut | null {
  const { replicas, matrix, foreach } = desk.raw;
  const given = ["replicas", "matrix", "foreach"].filter((key) => desk.raw[key as "replicas"] !== undefined);
  if (given.length > 1)
    desk.report(
      `${named(desk)} has ${given.map((key) => `\`${key}\``).join(" and ")}: give one of them`,
      at(desk, given[1] ?? ""),
    );
  if (foreach !== undefined) return { is: "foreach", items: itemsOf(desk, foreach) };
  if (replicas !== undefined) return { is: "replicas", count: replicas };
  if (matrix === undefined) return null;
  const size = Object.values(matrix).reduce((product, values) => product * values.length, 1);
  if (size <= mostInstances) return { is: "matrix", combinations: combinationsOf(matrix) };
  desk.report(`${named(desk)}.matrix has ${size} combinations; at most ${mostInstances} are allowed`, at(desk, "matrix"));
  return null;
}

function itemsOf(desk: AgentDesk, foreach: string | readonly unknown[]): readonly unknown[] | Template {
  if (typeof foreach !== "string") {
    if (foreach.length > mostInstances)
      desk.report(
        `${named(desk)}.foreach has ${foreach.length} items; at most ${mostInstances} are allowed`,
        at(desk, "foreach"),
      );
    return foreach;
  }
  const read = template(desk, foreach, "text", [], at(desk, "foreach"), "foreach");
  const [only] = read.parts;
  const isList =
    read.parts.length === 1 && typeof only === "object" && (only.reference.of === "agent" || only.reference.of === "param");
  if (!isList)
    desk.report(
      `${named(desk)}.foreach takes a list, or one reference to a list such as \${agents.plan.json.tasks} or \${agents.files.lines}`,
      at(desk, "foreach"),
    );
  return read;
}

/** Words that mean nothing without others. */
function checkWords(desk: AgentDesk, fanOut: FanOut | null): void {
  const mayFanOut = fanOut !== null || desk.mayHave("replicas", "matrix", "foreach");
  for (const key of ["strategy", "max_parallel"] as const)
    if (desk.raw[key] !== undefined && !mayFanOut)
      desk.report(`${named(desk)}.${key} is for an agent with \`replicas\`, \`matrix\` or \`foreach\``, at(desk, key));
  if (desk.mayHave("provider", "type", "prompt", "command", "verify")) return;
  const own = desk.file.raw.agents?.[desk.name] ?? {};
  for (const { key, why } of pointlessKeys(own, desk.raw)) desk.report(`${named(desk)}.${key} ${why}`, at(desk, key));
}

const rulesOf = (desk: AgentDesk) =>
  approvalsOf(desk.raw, (place, key) => {
    const path = at(desk, "approvals", place);
    desk.report(`${pathText(path)} lacks \`${key}\``, path);
  });

function policyOf(raw: RawAgent): Omit<AgentPolicy, "approvals"> {
  const restart = raw.restart === "on-failure" ? "on_failure" : raw.restart;
  return {
    restart: restart ?? (raw.type === "service" ? "always" : undefined),
    maxRestarts: raw.max_restarts,
    maxSeconds: raw.max_seconds,
    backoffMs: durationMs(raw.backoff, "ms"),
    activityTimeoutMs: durationMs(raw.activity_timeout, "s"),
    timeoutMs: durationMs(raw.timeout, "s"),
    graceMs: durationMs(raw.grace, "s"),
    onStall: raw.on_stall,
    successCodes: raw.success_codes,
    onAsk: raw.on_ask,
    onBudget: raw.on_budget,
  };
}

/** A duration of the file as milliseconds; a bare number counts `unit`s. */
export function durationMs(given: number | string | undefined, unit: "ms" | "s"): number | undefined {
  if (given === undefined) return undefined;
  return typeof given === "string" ? parseDuration(given, unit) : Math.round(given * (unit === "s" ? 1000 : 1));
}
