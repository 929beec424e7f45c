import { basename, dirname } from "node:path";
import { hasPrompt } from "./agent-options.ts";
import type { Agent, Blueprint, Condition, Param } from "./blueprint.ts";
import { checkGraph } from "./check-graph.ts";
import { problemOfUse } from "./check-references.ts";
import { pathText } from "./check-shape.ts";
import { type BlueprintFiles, diskFiles, onlyFile } from "./files.ts";
import type { RawAgent, RawDefaults } from "./format.ts";
import type { Gaps } from "./gaps.ts";
import { type Loaded, type LoadedFile, loadFiles } from "./load-files.ts";
import { readParam } from "./params.ts";
import type { Problems } from "./problems.ts";
import { Reach } from "./reach.ts";
import { durationMs, readAgent, type Use, withAbsolutePaths } from "./read-agent.ts";
import type { Needle, Path } from "./source.ts";

/** Processes that one blueprint may make. */
const mostProcesses = 10_000;

/**
 * Reads and checks a blueprint and all it includes.
 *
 * @param path absolute
 * @param shown the path as messages show it
 * @param judge answers what an agent's provider cannot be told
 * @throws OvermindError blueprint_invalid; every problem that does not follow from another one is in
 *   `details.problems`, with file, line and column
 */
export function readBlueprint(
  path: string,
  shown: string = path,
  files: BlueprintFiles = diskFiles,
  judge: Judge = () => [],
): Blueprint {
  return new Reader(loadFiles(path, shown, files), judge).read();
}

/** A key of an agent that does not fit its provider; `why` follows the key's name. */
export interface Unfit {
  readonly key: string;
  readonly why: string;
}

/** Who knows what providers can be told, which this room does not. */
export type Judge = (agent: Agent) => readonly Unfit[];

/** As `readBlueprint`, of a text that includes nothing. */
export function parseBlueprint(text: string, path = "/overmind.toml"): Blueprint {
  return readBlueprint(path, basename(path), onlyFile(path, text));
}

class Reader {
  readonly #files: readonly LoadedFile[];
  readonly #first: LoadedFile;
  readonly #problems: Problems;
  readonly #gaps: Gaps;
  readonly #judge: Judge;
  readonly #origins = new Map<string, { readonly file: LoadedFile; readonly raw: RawAgent }>();
  readonly #uses = new Map<string, Use[]>();

  constructor({ files, problems, gaps }: Loaded, judge: Judge) {
    this.#judge = judge;
    this.#files = files;
    this.#problems = problems;
    this.#gaps = gaps;
    this.#first = files[0] as LoadedFile;
  }

  read(): Blueprint {
    const { raw, path, source } = this.#first;
    const params = this.#params();
    this.#gather();
    const agents = new Map([...this.#origins].map(([name, origin]) => [name, this.#agent(name, origin.file, origin.raw)]));
    if (agents.size === 0 && !this.#gaps.mayHoldAgents)
      this.#problems.add(source.problem("the blueprint has no agents: write [agents.NAME] with a `command`", []));
    this.#checkTogether(agents, params);
    this.#problems.throwIfAny();
    const { name, description, max_parallel, on_failure, keep_services, timeout, strategy } = raw.blueprint ?? {};
    return {
      name: name ?? nameOfFile(path),
      description: description ?? null,
      files: this.#files.map((file) => file.path),
      directory: dirname(path),
      maxParallel: max_parallel ?? null,
      onFailure: on_failure ?? "stop",
      timeoutMs: durationMs(timeout, "s") || null,
      keepsServices: keep_services ?? true,
      strategy: strategy ?? null,
      params,
      agents,
    };
  }

  #params(): Map<string, Param> {
    const params = new Map<string, Param>();
    const origins = new Map<string, LoadedFile>();
    for (const file of this.#files)
      for (const [name, raw] of Object.entries(file.raw.params ?? {})) {
        const path = ["params", name];
        const before = origins.get(name);
        if (before !== undefined) this.#problems.add(file.source.problem(twice(path, before), path));
        origins.set(name, file);
        const report = (message: string, key: string) => this.#problems.add(file.source.problem(message, [...path, key]));
        params.set(name, readParam(name, raw, report));
      }
    return params;
  }

  /** All agents with the defaults filled in, those of the first file first. */
  #gather(): void {
    const defaults = this.#defaults();
    for (const file of this.#files)
      for (const [name, raw] of Object.entries(file.raw.agents ?? {})) {
        const before = this.#origins.get(name);
        const path = ["agents", name];
        if (before === undefined) this.#origins.set(name, { file, raw: merged(defaults, withAbsolutePaths(raw, file)) });
        else this.#problems.add(file.source.problem(twice(path, before.file), path));
      }
  }

  /** What a file includes stands under what it says itself. */
  #defaults(): RawDefaults {
    const all = this.#files.map((file) => withAbsolutePaths(file.raw.defaults ?? {}, file));
    return all.reduceRight<RawDefaults>((under, over) => merged(under, over), {});
  }

  #agent(name: string, file: LoadedFile, raw: RawAgent): Agent {
    const uses: Use[] = [];
    this.#uses.set(name, uses);
    const agent = readAgent({
      name,
      file,
      directory: dirname(this.#first.path),
      raw,
      plainCondition: (on) => this.#plainCondition(on),
      report: (message, path, needle) => this.#problems.add(file.source.problem(message, path, needle)),
      mayHave: (...keys) => this.#gaps.mayHave(name, ...keys),
      use: (use) => uses.push(use),
    });
    if (!this.#gaps.mayHave(name, "provider", "type"))
      for (const { key, why } of this.#judge(agent))
        this.#problems.add(file.source.problem(`${pathText(["agents", name])}.${key}${why}`, ["agents", name, key]));
    return agent;
  }

  #plainCondition(on: string): Condition {
    const raw = this.#origins.get(on)?.raw;
    if (raw?.type === "session" && !hasPrompt(raw)) return "ready";
    if (raw?.type !== "service") return "completed";
    return raw.ready === undefined ? "started" : "ready";
  }

  #checkTogether(agents: ReadonlyMap<string, Agent>, params: ReadonlyMap<string, Param>): void {
    const unsure = checkGraph(agents, this.#gaps, (agent, message, path, needle) =>
      this.#report(agent, message, ["agents", agent.name, ...path], needle),
    );
    const processes = [...agents.values()].reduce((sum, agent) => sum + processesOf(agent), 0);
    if (processes > mostProcesses) {
      this.#problems.add(
        this.#first.source.problem(`the blueprint makes ${processes} processes; at most ${mostProcesses} are allowed`, []),
      );
      // References are followed only where there are not too many to follow.
      this.#problems.throwIfAny();
    }
    const known = { agents, params, gaps: this.#gaps, reach: new Reach(agents), unsure };
    for (const agent of agents.values())
      for (const use of this.#uses.get(agent.name) ?? []) {
        const problem = problemOfUse(agent, use, known);
        if (problem !== null) this.#report(agent, problem, use.path, { text: use.shown, nth: use.nth });
      }
  }

  #report(agent: Agent, message: string, path: Path, needle?: Needle): void {
    const { source } = this.#origins.get(agent.name)?.file ?? this.#first;
    this.#problems.add(source.problem(message, path, needle));
  }
}

function twice(path: readonly string[], { source }: LoadedFile): string {
  const { file, line } = source.place(path);
  return `${path.join(".")} is defined twice, first in ${file}:${line}`;
}

function merged<Over extends RawDefaults>(under: RawDefaults, over: Over): Over {
  if (Object.keys(under).length === 0) return over;
  const tables = {
    ...((under.env ?? over.env) && { env: { ...under.env, ...over.env } }),
    ...((under.labels ?? over.labels) && { labels: { ...under.labels, ...over.labels } }),
  };
  return { ...under, ...over, ...tables };
}

function processesOf({ fanOut }: Agent): number {
  if (fanOut?.is === "replicas") return fanOut.count;
  if (fanOut?.is === "matrix") return fanOut.combinations.length;
  return fanOut?.is === "foreach" && Array.isArray(fanOut.items) ? fanOut.items.length : 1;
}

/** `overmind.toml` says nothing, so that its directory names it. */
function nameOfFile(path: string): string {
  const stem = basename(path).replace(/\.toml$/, "");
  const word = stem === "overmind" ? basename(dirname(path)) : stem;
  return (
    word
      .replace(/[^A-Za-z0-9_-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 63) || "blueprint"
  );
}
