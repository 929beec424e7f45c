import { describe, expect, it } from "vitest";
import { drawGraph } from "../../../src/blueprint/draw-graph.ts";
import { criticalPath, wavesOf } from "../../../src/blueprint/graph.ts";
import { blueprintSchema } from "../../../src/blueprint/json-schema.ts";
import { resolveParams } from "../../../src/blueprint/params.ts";
import { parseBlueprint } from "../../../src/blueprint/read-blueprint.ts";
import { mistakes, team } from "./blueprints.ts";

const diamond = team({
  a: "",
  b: 'depends_on = ["a"]',
  c: 'depends_on = { a = "finished" }',
  d: 'depends_on = ["b", "c"]',
  z: "finally = true",
});

describe("a graph of agents", () => {
  it("stands in waves, `finally` after all others", () => {
    expect(wavesOf(diamond.agents).map((wave) => wave.map(({ name }) => name))).toEqual([["a"], ["b", "c"], ["d"], ["z"]]);
  });

  it("has a critical path once durations are known", () => {
    expect(criticalPath(diamond.agents, new Map())).toBeNull();
    expect(
      criticalPath(
        diamond.agents,
        new Map([
          ["a", 10],
          ["b", 20],
          ["c", 50],
          ["d", 5],
        ]),
      ),
    ).toEqual({ agents: ["a", "c", "d"], ms: 65 });
    expect(
      criticalPath(
        diamond.agents,
        new Map([
          ["a", 10],
          ["d", 0],
        ]),
      ),
    ).toEqual({ agents: ["a", "b", "d"], ms: 10 });
  });

  it("is drawn as a tree, for mermaid, for graphviz and as JSON", () => {
    expect(drawGraph(diamond.agents, "ascii", new Map([["a", "running"]])).split("\n")).toEqual([
      "a (running)",
      "├─ b",
      "│  └─ d  also after c",
      "└─ c [finished]",
      "z (finally)",
    ]);
    expect(drawGraph(diamond.agents, "mermaid")).toContain("  n0 -->|finished| n2");
    expect(drawGraph(diamond.agents, "dot")).toContain('  "a" -> "b";');
    expect(JSON.parse(drawGraph(diamond.agents, "json")).edges).toContainEqual({ from: "b", to: "d", condition: "completed" });
  });

  it("of ten thousand agents in a row exhausts no stack", () => {
    const chain = Array.from(
      { length: 9000 },
      (_, n) => `[agents.a${n}]\ncommand = "x"\n${n > 0 ? `depends_on = ["a${n - 1}"]` : ""}`,
    );
    expect(wavesOf(parseBlueprint(chain.join("\n")).agents)).toHaveLength(9000);
  });
});

describe("params", () => {
  const { params } = parseBlueprint(
    '[params.topic]\nchoices = ["bees", "ants"]\n[params.n]\ntype = "integer"\ndefault = 3\n[params.deep]\ntype = "boolean"\nrequired = false\n[params.tags]\ntype = "list"\ndefault = []\n[agents.a]\ncommand = "x"\n',
  );
  const read = (given: Record<string, unknown>) => resolveParams({ params }, given);

  it("are read from text as their type says, with defaults for what is not given", () => {
    expect(read({ topic: "bees" })).toEqual({ topic: "bees", n: 3, deep: null, tags: [] });
    expect(read({ topic: "ants", n: "7", deep: "true", tags: "x, y" })).toEqual({
      topic: "ants",
      n: 7,
      deep: true,
      tags: ["x", "y"],
    });
    expect(read({ topic: "ants", tags: '["x,y"]' })).toMatchObject({ tags: ["x,y"] });
  });

  it.each([
    [{}, "the param `topic` is missing"],
    [{ topic: "bee" }, 'the param `topic` takes one of bees, ants, not "bee": did you mean `bees`?'],
    [{ topic: "bees", n: "many" }, 'the param `n` takes a whole number, not "many"'],
    [{ topic: "bees", m: "1" }, "there is no param `m`"],
  ])("%j is refused: %s", (given, message) => {
    expect(() => read(given)).toThrow(message);
  });

  it("must have a default of their own type", () => {
    expect(mistakes('[params.n]\ntype = "integer"\ndefault = "x"\n[agents.a]\ncommand = "x"\n')).toEqual([
      '3:1: params.n.default takes a whole number, not "x"',
    ]);
  });
});

describe("the schema for editors", () => {
  it("knows the keys of the format and what they may be", () => {
    const schema = JSON.parse(JSON.stringify(blueprintSchema()));
    const agent = schema.properties.agents.additionalProperties;
    expect(agent.additionalProperties).toBe(false);
    expect(agent.properties.replicas).toMatchObject({ type: "integer", minimum: 1, maximum: 1000 });
    expect(agent.properties.depends_on.anyOf).toHaveLength(2);
  });
});
