import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { AccountView } from "../../../src/protocol/usage.ts";
import type { Home } from "../../support/home.ts";
import { until } from "../../support/until.ts";
import { AgentHome } from "./fake-home.ts";
import { LimitedHome } from "./limited-home.ts";

const agents = new AgentHome();
const limited = new LimitedHome();
afterAll(async () => {
  await agents.dispose();
  await limited.dispose();
});

async function loseDatabase(home: Home, spoil = () => {}): Promise<void> {
  await home.killDaemon();
  spoil();
  for (const side of ["", "-wal", "-shm"]) rmSync(join(home.home, `overmind.db${side}`), { force: true });
  expect((await home.run(["start"])).code).toBe(0);
}

describe("a database that is lost", () => {
  it("takes with it neither what agents used, nor their conversation, nor a budget that was raised", async () => {
    const id = await agents.session("--name", "helper", "--max-turns", "2");
    for (const text of ["one", "two"]) await agents.run(["send", "--wait", id, text]);
    await agents.run(["budget", id, "--max-turns", "3"]);
    const ended = await agents.session();
    await agents.run(["send", "--wait", ended, "only"]);
    await agents.run(["stop", ended]);
    const usage = async () => JSON.parse((await agents.run(["usage", "--json"])).stdout);
    const before = { usage: await usage(), info: await agents.info(id) };
    expect(before.usage).toHaveLength(2);
    await loseDatabase(agents);
    expect(await usage()).toEqual(before.usage);
    const { session_id, usage: used, budget } = await agents.info(id);
    expect({ session_id, used, budget }).toEqual({
      session_id: before.info.session_id,
      used: before.info.usage,
      budget: before.info.budget,
    });
    expect(budget).toMatchObject({ max_turns: 3, spent: { turns: 2 } });
    expect((await agents.run(["send", "--wait", id, "three"])).stdout).toBe("3: three\n");
    await until("the third turn to spend the budget", async () => (await agents.info(id)).waiting_for === "budget");
    expect((await agents.info(id)).usage.input_tokens).toBe((before.info.usage.input_tokens / 2) * 3);
    // Once more: what was rebuilt is kept like the rest.
    const after = await usage();
    await loseDatabase(agents);
    expect(await usage()).toEqual(after);
  });

  it("leaves an account limited: who waited waits, and nothing new starts", async () => {
    const account = limited.account();
    account.limit(Date.now() + 600_000);
    const id = await limited.start(...limited.agent(account, "--type", "session"), "work");
    await until("the limit", async () => (await limited.info(id)).waiting_for === "limit");
    const accounts = async () => JSON.parse((await limited.run(["accounts", "--json"])).stdout);
    const [before] = await accounts();
    await loseDatabase(limited);
    expect(await accounts()).toMatchObject([{ account: before.account, limited_until: before.limited_until }]);
    const next = await limited.start(...limited.agent(account), "more");
    await until("the next one to wait", async () => (await limited.info(next)).waiting_for === "limit");
    account.limit(0);
    await limited.run(["accounts", "open", before.account]);
    expect(await limited.wait(next)).toMatchObject({ reason: "completed" });
  });

  it("whose files beside it somebody spoilt is rebuilt without them", async () => {
    const id = await limited.start("--max-turns", "2", "sleep 600");
    await limited.run(["budget", id, "--max-turns", "9"]);
    const until = Date.now() + 600_000;
    const rows = [
      { name: 7, until, strikes: 1 },
      { name: "odd", until: "soon", strikes: 1 },
      { name: "good", until, strikes: 1 },
    ];
    await loseDatabase(limited, () => {
      writeFileSync(join(limited.home, "accounts.json"), JSON.stringify([...rows, null]));
      writeFileSync(join(limited.home, "missions", id, "budget"), '{"max_turns":');
    });
    const accounts = JSON.parse((await limited.run(["accounts", "--json"])).stdout) as AccountView[];
    expect(accounts.filter(({ limited_until }) => limited_until !== null).map(({ account }) => account)).toEqual(["good"]);
    expect((await limited.info(id)).budget).toMatchObject({ max_turns: 2 });
  });
});
