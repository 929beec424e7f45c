import { afterAll, describe, expect, it } from "vitest";
import type { BudgetView, UsageRow } from "../../../src/protocol/usage.ts";
import { until } from "../../support/until.ts";
import { LimitedHome } from "./limited-home.ts";

const home = new LimitedHome();
afterAll(() => home.dispose());

const typesOf = async (id: string, glob: string): Promise<string[]> =>
  (await home.run(["events", "--mission", id, "--type", glob, "--json"])).stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).type);
const send = async (id: string, text: string) => (await home.run(["send", "--wait", id, text])).stdout;
const waitsForBudget = (id: string) =>
  until(`${id} to wait for its budget`, async () => {
    const info = await home.info(id);
    return info.status === "waiting" && info.waiting_for === "budget" ? info : null;
  });
const session = (...flags: string[]) => home.start(...home.agent(home.account(), "--type", "session", ...flags));

describe("a session with a budget", () => {
  it("is warned once, waits with its messages when it is spent, and goes on when it is raised", async () => {
    const account = home.account();
    const id = await home.start(...home.agent(account, "--type", "session", "--max-cost", "0.05"));
    for (const text of ["1", "2", "3"]) await send(id, text);
    expect(await typesOf(id, "mission.budget_*")).toEqual([]);
    await send(id, "4");
    expect(await typesOf(id, "mission.budget_*")).toEqual(["mission.budget_warned"]);
    await send(id, "5");
    expect(await waitsForBudget(id)).toMatchObject({ budget: { max_cost: 0.05, share: 1, spent: { turns: 5, tokens: 50 } } });
    expect(await typesOf(id, "mission.budget_*")).toEqual(["mission.budget_warned", "mission.budget_spent"]);
    expect((await home.run(["ps"])).stdout).toMatch(new RegExp(`${id}.*waiting.*waits for a budget`));
    expect((await home.run(["why", id])).stdout).toContain("raise it with: overmind budget");
    expect((await home.run(["send", "--timeout", "100", id, "6"])).code).toBe(3);
    await home.killDaemon();
    expect((await home.run(["start"])).code).toBe(0);
    expect(await waitsForBudget(id)).toMatchObject({ os_pid: expect.any(Number), restart_count: 0 });
    expect(account.said()).toHaveLength(5);
    expect((await home.run(["unpause", id])).stderr).toContain("overmind budget");
    const { code, stdout } = await home.run(["budget", id, "--max-cost", "1"]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/cost +0\.0500 +1\.0000/) });
    await until("the sixth message to be answered", async () => (await home.logs(id)).includes("did 6"));
    expect(await home.info(id)).toMatchObject({ status: "running", attempt: 1, budget: { max_cost: 1 } });
    await home.killDaemon();
    expect(await home.json<BudgetView>("budget", id)).toMatchObject({ max_cost: 1, spent: { turns: 6 } });
    await home.run(["stop", id]);
  });

  it("ends where its budget says stop", async () => {
    const id = await session("--max-turns", "1", "--on-budget", "stop");
    await home.run(["send", id, "1"]);
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "budget" });
  });

  it("waits again where it was not raised enough", async () => {
    const id = await session("--max-tokens", "20");
    await send(id, "1");
    await send(id, "2");
    await waitsForBudget(id);
    await home.run(["budget", id, "--max-tokens", "5"]);
    expect((await home.info(id)).status).toBe("waiting");
    await home.run(["budget", id, "--max-tokens", "25"]);
    expect(await send(id, "3")).toBe("did 3\n");
    await waitsForBudget(id);
    await home.run(["kill", id]);
  });
});

describe("a turn of many steps", () => {
  it("is cut in its midst when the budget of a task is spent, and counts as far as it is known", async () => {
    const id = await home.start(...home.agent(home.account(), "--max-tokens", "1000"), "long");
    const { budget, os_pid } = await waitsForBudget(id);
    expect(os_pid).toBe(null);
    expect(budget.spent.tokens).toBeGreaterThanOrEqual(1000);
    expect(budget.spent.turns).toBe(1);
    await home.run(["stop", id]);
    expect(await home.wait(id)).toMatchObject({ status: "stopped" });
  });

  it("is interrupted by protocol in a session, which lives on", async () => {
    const id = await session("--max-tokens", "1000");
    const pid = await home.agentPid(id);
    await home.run(["send", id, "long"]);
    expect(await waitsForBudget(id)).toMatchObject({ os_pid: pid });
    await home.run(["kill", id]);
  });
});

describe("a tree with a budget", () => {
  it("is spent by all in it: tasks end and go on later, sessions wait, nothing new starts", async () => {
    const account = home.account();
    account.shut();
    const parent = await home.start("--name", "boss", "--max-turns", "2", "sleep 600");
    const child = (...flags: string[]) => home.start(...home.agent(account, "--parent", parent, ...flags));
    const talk = await child("--type", "session");
    const done = await child("answered");
    const cut = await child("hang");
    await until("two turns to run", () => account.said().length === 2);
    account.open();
    expect(await home.wait(done)).toMatchObject({ reason: "completed" });
    await send(talk, "1");
    await waitsForBudget(talk);
    expect(await waitsForBudget(cut)).toMatchObject({ os_pid: null, restart_count: 0 });
    expect(await home.info(parent)).toMatchObject({ status: "running", budget: { spent: { turns: 3 }, share: 1.5 } });
    const late = await child("late");
    expect(await home.info(late)).toMatchObject({ status: "queued", waiting_for: "budget" });
    expect((await home.run(["budget", "boss", "--max-turns", "10"])).code).toBe(0);
    expect(await home.wait(late)).toMatchObject({ reason: "completed" });
    expect(await send(talk, "2")).toBe("did 2\n");
    expect(await home.agentPid(cut)).toBeGreaterThan(0);
    const rows = await home.json<UsageRow[]>("usage", parent);
    expect(rows.map(({ key, turns }) => [key, turns]).sort()).toEqual(
      [
        [talk, 2],
        [done, 1],
        // Its turn was interrupted before it was ended.
        [cut, 1],
        [late, 1],
      ].sort(),
    );
    await home.run(["kill", "--cascade", parent]);
  });

  it("may be given more though the mission that bears the budget has ended", async () => {
    const parent = await home.start("--max-turns", "1", "cat; true");
    const talk = await session("--parent", parent);
    expect(await home.wait(parent)).toMatchObject({ reason: "completed" });
    await send(talk, "1");
    await waitsForBudget(talk);
    expect((await home.run(["budget", parent, "--max-turns", "5"])).code).toBe(0);
    expect(await send(talk, "2")).toBe("did 2\n");
    await home.run(["kill", talk]);
  });

  it("ends whole where its budget says stop", async () => {
    const parent = await home.start("--max-cost", "0.01", "--on-budget", "stop", "sleep 600");
    const talk = await session("--parent", parent);
    await home.run(["send", talk, "1"]);
    expect(await home.wait(parent)).toMatchObject({ status: "crashed", reason: "budget" });
    expect(await home.wait(talk)).toMatchObject({ status: "stopped" });
  });
});

describe("what was used", () => {
  it("is told by mission, account and day, in ps and top, and outlives the mission", async () => {
    const account = home.account();
    const id = await home.start(...home.agent(account, "--type", "session", "--model", "big"));
    for (const text of ["1", "2"]) await send(id, text);
    const { account: name } = await home.info(id);
    const used = { input_tokens: 20, cached_tokens: 2000, cost_usd: 0.02, turns: 2, turns_without_cost: 0 };
    expect((await home.json<UsageRow[]>("usage", id))[0]).toMatchObject({ key: id, ...used });
    expect((await home.run(["ps", "-o", "id,account,model,tokens,cached,cost"])).stdout).toMatch(
      new RegExp(`${id} +${name} +big +20 +2000 +0\\.0200`),
    );
    const top = await home.json<{ missions: { id: string; tokens: number; cost: number }[] }>("top", "--once");
    expect(top.missions.find((one) => one.id === id)).toMatchObject({ tokens: 20, cost: 0.02 });
    await home.run(["stop", id]);
    await home.run(["rm", id]);
    for (const by of ["account", "day", "provider", "model", "turn"]) {
      expect((await home.json<UsageRow[]>("usage", "--by", by)).length).toBeGreaterThan(0);
    }
    const accounts = await home.json<UsageRow[]>("usage", "--by", "account");
    expect(accounts.find(({ key }) => key === name)).toMatchObject(used);
    expect(await home.json<UsageRow[]>("usage", id, "--by", "turn")).toHaveLength(2);
    expect(await home.json<UsageRow[]>("usage", "--since", "2999-01-01")).toEqual([]);
  });
});

describe("a budget that cannot hold", () => {
  it("is refused before anything is made", async () => {
    const costless = await home.run(["run", "--provider", "codex", "--max-cost", "1", "hi"]);
    expect({ code: costless.code, says: costless.stderr }).toMatchObject({
      code: 1,
      says: expect.stringContaining("--max-cost:"),
    });
    expect((await home.run(["run", "--on-budget", "stop", "true"])).code).toBe(2);
    expect((await home.run(["run", "--account", "x", "true"])).stderr).toContain("account");
    const ended = await home.start("true");
    await home.wait(ended);
    expect((await home.run(["budget", ended, "--max-turns", "1"])).code).toBe(1);
    expect((await home.run(["ps", "-o", "id,nonsense"])).code).toBe(2);
  });
});
