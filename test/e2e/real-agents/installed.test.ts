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

const all = (versions: Record<string, string | null>) => Object.values(versions).filter(Boolean).length === 4 && versions;

describe("the agents of these tests", () => {
  it("are found by agents-available, at the versions that are pinned", async () => {
    const versions = async () => {
      const agents = JSON.parse((await home.run(["agents-available", "--json"])).stdout);
      return Object.fromEntries(agents.map(({ provider, version }: Record<string, string>) => [provider, version]));
    };
    // On a busy machine one of them may not tell it in time.
    const told = await until("four versions", async () => all(await versions()), patience);
    expect(told).toMatchObject({
      claude: pinned["@anthropic-ai/claude-code"],
      codex: pinned["@openai/codex"],
      gemini: pinned["@google/gemini-cli"],
      opencode: pinned["opencode-ai"],
    });
  });
});
