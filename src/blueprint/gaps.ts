import { nearestWord } from "../base/nearest-word.ts";
import { isTable } from "./check-shape.ts";
import { fileShape, type RawAgent, type RawFile } from "./format.ts";
import type { Keys } from "./shape.ts";
import type { Path } from "./source.ts";

const topKeys: Keys = fileShape.keys;
const agentKeys: Keys = fileShape.keys.agents.shape.of.keys;
type AgentKey = keyof RawAgent;

/**
 * What of a blueprint could not be understood. Where something is missing it may be that, so that
 * it is not reported as missing too: one mistake is told once.
 */
export class Gaps {
  /** Of each agent the keys that it may have meant to say; null: any. */
  readonly #agents = new Map<string, Set<string> | null>();
  /** The same of the defaults. */
  readonly #defaults = new Set<string>();
  #hasAnyDefault = false;
  readonly #names = new Set<string>();
  #hasAnyName = false;

  /** Whether the agent may have said one of these keys in words that were not understood. */
  mayHave(agent: string, ...keys: readonly AgentKey[]): boolean {
    const own = this.#agents.get(agent);
    if (own === null || this.#hasAnyDefault) return true;
    return keys.some((key) => own?.has(key) === true || this.#defaults.has(key));
  }

  /** Whether an agent or a param of this name may stand where nobody could read it. */
  mayBeNamed(name: string): boolean {
    return this.#hasAnyName || this.#names.has(name);
  }

  get mayHoldAgents(): boolean {
    return this.#hasAnyName || this.#names.size > 0;
  }

  /** A file could not be read: any name may stand in it. */
  addFile(): void {
    this.#hasAnyName = true;
  }

  /**
   * The tables of a file without what is wrong with them.
   *
   * @param raw of any shape
   * @param wrong the keys that lead to each mistake
   */
  without(raw: Readonly<Record<string, unknown>>, wrong: readonly Path[]): RawFile {
    const kept = structuredClone(raw) as Record<string, unknown>;
    for (const [top, ...rest] of wrong) this.#drop(kept, String(top), rest.map(String));
    return kept as RawFile;
  }

  #drop(kept: Record<string, unknown>, top: string, [name, key]: readonly string[]): void {
    const table = kept[top];
    if (name === undefined || !isTable(table)) this.#dropTop(kept, top);
    else if (top === "agents") this.#dropInAgent(table, name, key);
    else {
      if (top === "params") this.#names.add(name);
      if (top === "defaults") this.#addDefault(name);
      // A param's name may be what is wrong; nothing else stands or falls with it.
      delete table[name];
    }
  }

  #dropTop(kept: Record<string, unknown>, top: string): void {
    const table = kept[top];
    const isKnown = Object.hasOwn(topKeys, top);
    if (!isKnown && isTable(table)) for (const name of Object.keys(table)) this.#names.add(name);
    if (top === "agents" || top === "params" || top === "include") this.#hasAnyName = true;
    if (top === "defaults" || (!isKnown && nearestWord(top, Object.keys(topKeys)) === "defaults")) this.#hasAnyDefault = true;
    delete kept[top];
  }

  #dropInAgent(agents: Record<string, unknown>, name: string, key: string | undefined): void {
    const agent = agents[name];
    if (!isTable(agent)) {
      this.#agents.set(name, null);
      agents[name] = {};
    } else if (key !== undefined) {
      delete agent[key];
      this.#addKey(name, meant(key));
    }
  }

  #addKey(agent: string, key: string | null): void {
    const known = this.#agents.get(agent);
    if (known === null) return;
    if (key === null) this.#agents.set(agent, null);
    else this.#agents.set(agent, (known ?? new Set()).add(key));
  }

  #addDefault(name: string): void {
    const key = meant(name);
    if (key === null) this.#hasAnyDefault = true;
    else this.#defaults.add(key);
  }
}

/** The key that a key of an agent stands for; null: any. */
const meant = (key: string): string | null =>
  Object.hasOwn(agentKeys, key) ? key : (nearestWord(key, Object.keys(agentKeys)) ?? null);
