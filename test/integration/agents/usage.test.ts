import { copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { UsageRow } from "../../../src/protocol/usage.ts";
import { AgentHome } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

const transcripts = resolve(import.meta.dirname, "../../fixtures/transcripts");

describe("what an agent used whose counters run on when it is resumed", () => {
  // Recorded: each of these tells the total of its conversation so far.
  it.each([
    ["codex", ["plain", "resume", "resume-last"], [9969, 10050, 10125], null],
    ["claude", ["resume-1-first", "resume-2-resumed"], null, [0.05026, 0.050384]],
  ] as const)("is counted once: %s", async (provider, plays, tokens, costs) => {
    const state = home.state();
    const file = join(state, "now.ndjson");
    const play = (name: string) => copyFileSync(join(transcripts, provider, `${name}.ndjson`), file);
    const [first, ...later] = plays;
    play(first);
    const environment = ["--env", `FAKE_TRANSCRIPT=${file}`, "--env", `FAKE_STATE=${state}`];
    const id = await home.start("--provider", provider, ...environment, "go on");
    await home.wait(id);
    for (const name of later) {
      play(name);
      await home.run(["restart", id]);
      expect(await home.wait(id)).toMatchObject({ reason: "completed" });
    }
    const { stdout } = await home.run(["usage", id, "--by", "turn", "--json"]);
    const rows: UsageRow[] = JSON.parse(stdout);
    if (tokens !== null) expect(rows.map(({ input_tokens }) => input_tokens)).toEqual(tokens);
    if (costs !== null) for (const [index, cost] of costs.entries()) expect(rows[index]?.cost_usd).toBeCloseTo(cost, 6);
    const { usage } = await home.info(id);
    const sum = (count: (row: UsageRow) => number) => rows.reduce((total, row) => total + count(row), 0);
    expect(usage.input_tokens).toBe(sum((row) => row.input_tokens));
    expect(usage.cost_usd ?? 0).toBeCloseTo(
      sum((row) => row.cost_usd ?? 0),
      6,
    );
  });
});
