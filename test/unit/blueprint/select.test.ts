import { describe, expect, it } from "vitest";
import { selectAgents, type Wanted } from "../../../src/blueprint/select.ts";
import { team } from "./blueprints.ts";

const whole = team({
  plan: "",
  write: 'depends_on = ["plan"]',
  review: 'depends_on = ["write"]',
  ship: 'depends_on = ["review", "db"]',
  aside: "",
  db: 'type = "service"\ndepends_on = ["seed"]',
  seed: "",
  clean: 'finally = true\ndepends_on = ["aside"]',
});
const select = (wanted: Wanted) => {
  const { blueprint, behind } = selectAgents(whole, wanted);
  return { agents: [...blueprint.agents.keys()], behind: behind.toSorted(), blueprint };
};

describe("a part of a blueprint", () => {
  it("is all of it where nothing is said", () => {
    expect(selectAgents(whole, {})).toEqual({ blueprint: whole, behind: [] });
  });

  it("is with `only` what is named and all that it depends on, in the order of the file", () => {
    expect(select({ only: ["review", "aside"] })).toMatchObject({ agents: ["plan", "write", "review", "aside"], behind: [] });
    expect(select({ only: ["clean"] }).agents).toEqual(["aside", "clean"]);
  });

  it("is with `from` that agent, all after it and what runs finally; what lies before counts as done", () => {
    const { agents, behind } = select({ from: "write" });
    expect(agents).toEqual(["plan", "write", "review", "ship", "db", "seed", "clean"]);
    // A service that is needed cannot be done: it is started.
    expect(behind).toEqual(["plan", "seed"]);
    expect(select({ from: "ship" }).behind).toEqual(["plan", "review", "seed", "write"]);
  });

  it("waits for nothing that is left out", () => {
    expect(select({ from: "ship" }).blueprint.agents.get("clean")?.dependsOn).toEqual([]);
  });

  it.each([
    [{ only: ["revew"] }, /^only: blueprint has no agent `revew`: did you mean `review`\?$/],
    [{ from: "x" }, /^from: blueprint has no agent `x`$/],
    [{ only: ["plan"], from: "plan" }, /^only and from exclude each other$/],
  ])("refuses %j", (wanted, message) => {
    expect(() => selectAgents(whole, wanted)).toThrow(message);
  });
});
