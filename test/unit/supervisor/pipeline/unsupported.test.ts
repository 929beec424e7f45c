import { describe, expect, it } from "vitest";
import { parseBlueprint } from "../../../../src/blueprint/read-blueprint.ts";
import { refuseUnsupported } from "../../../../src/supervisor/pipeline/unsupported.ts";

const refusalOf = (agent: string) => () => refuseUnsupported(parseBlueprint(`[agents.a]\n${agent}`));

describe("what apply cannot do yet", () => {
  it.each([
    ["ready.http", 'command = "x"\nready = { http = "http://127.0.0.1:1/" }'],
    ["ready", `command = "x \${port}"\nready = { log = "up" }`],
  ])("is refused naming %s", (key, agent) => {
    expect(refusalOf(agent)).toThrow(`agents.a.${key}: not supported yet by apply`);
  });

  it("leaves everything else alone", () => {
    const all = 'command = "x"\nretry = 1\nverify = "y"\nready = { log = "up", command = "z", timeout = 3 }\nreplicas = 2';
    expect(refusalOf(all)).not.toThrow();
  });
});
