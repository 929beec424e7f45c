import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { patience, RealHome } from "./real-home.ts";

const home = new RealHome("claude");
afterAll(() => home.dispose());

const pinned = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../scripts/agents/package.json"), "utf8"),
).dependencies;

describe("the agents of these tests", () => {
  it("are found by agents-available, at the versions that are pinned", async () => {
    const versions = new Map<string, string>();
    // On a busy machine one of them may not tell it in time, and each time another.
    const areTold = async () => {
      const agents = JSON.parse((await home.run(["agents-available", "--json"])).stdout);
      for (const { provider, version } of agents) if (version !== null) versions.set(provider, version);
      return versions.size === 4;
    };
    await until("four versions", areTold, { ...patience, seen: () => [...versions] });
    expect(Object.fromEntries(versions)).toMatchObject({
      claude: pinned["@anthropic-ai/claude-code"],
      codex: pinned["@openai/codex"],
      gemini: pinned["@google/gemini-cli"],
      opencode: pinned["opencode-ai"],
    });
  });
});
