import { describe, expect, it } from "vitest";
import { readSources, type Source } from "./sources.ts";

const ground = ["base"];
const words = [...ground, "protocol", "events", "providers", "blueprint", "settings"];
const world = ["store", "output", "runner"];

/** What each folder may import, and what only as a type. */
const table: Record<string, { values: readonly string[]; types?: readonly string[] }> = {
  base: { values: [] },
  protocol: { values: ground },
  events: { values: ground, types: ["protocol"] },
  settings: { values: ground, types: ["protocol"] },
  providers: { values: ground },
  blueprint: { values: ground },
  store: { values: words },
  output: { values: words },
  runner: { values: words },
  mission: { values: words, types: world },
  supervisor: { values: [...words, ...world, "mission"] },
  commands: { values: words, types: ["supervisor", "output"] },
  server: { values: [...words, "commands"], types: ["supervisor"] },
  client: { values: [...words, "commands"] },
  cli: { values: [...words, "commands", "client"] },
  chaos: { values: [...words, "store", "client"] },
};

const sources = readSources();

describe("the import table", () => {
  it("knows every folder of src", () => {
    expect(sources.map((source) => source.folder).filter((folder) => folder !== "" && table[folder] === undefined)).toEqual([]);
  });

  it("is kept by every import: data goes right, facts come back left", () => {
    expect(sources.flatMap(breaches)).toEqual([]);
  });

  it("lets base import nothing but Node and nanoid", () => {
    const packages = sources
      .filter((source) => source.folder === "base")
      .flatMap((source) => source.imports.filter((one) => one.file === null));
    expect(packages.map((one) => one.from).filter((from) => !from.startsWith("node:") && from !== "nanoid")).toEqual([]);
  });

  it.each([
    ["better-sqlite3", ["store", "server", "supervisor"]],
    ["xstate", ["mission", "supervisor"]],
    ["yargs", ["cli"]],
    ["pino", ["server", "supervisor", ""]],
    // Types alone: it takes the daemon 19 MB to load.
    ["@agentclientprotocol/sdk", []],
    ["@agentclientprotocol/sdk/unstable", []],
  ])("keeps %s in its own rooms", (name, rooms) => {
    const users = sources.filter((source) => source.imports.some((one) => one.from === name && !one.isType));
    expect(users.filter((source) => !rooms.includes(source.folder)).map((source) => source.path)).toEqual([]);
  });

  it("has no cycle", () => {
    expect(firstCycle()).toEqual([]);
  });
});

function breaches(source: Source): string[] {
  const rule = table[source.folder];
  if (rule === undefined) return [];
  return source.imports.flatMap((one) => {
    if (one.file === null) return [];
    const folder = one.file.includes("/") ? (one.file.split("/")[0] ?? "") : "a composition root";
    const isAllowed = folder === source.folder || rule.values.includes(folder) || (one.isType && rule.types?.includes(folder));
    return isAllowed ? [] : [`${source.path} imports ${one.isType ? "the type of " : ""}${one.file}`];
  });
}

/** Files along the first ring of value imports, or nothing. Types vanish before anything runs. */
function firstCycle(): string[] {
  const next = new Map(
    sources.map((source) => [source.path, source.imports.flatMap((one) => (one.file && !one.isType ? [one.file] : []))]),
  );
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const file of next.get(path) ?? []) {
      const ring = walk(file, [...trail, path]);
      if (ring.length > 0) return ring;
    }
    done.add(path);
    return [];
  };
  for (const source of sources) {
    const ring = walk(source.path, []);
    if (ring.length > 0) return ring;
  }
  return [];
}
