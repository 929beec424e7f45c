import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PipelineHome } from "../blueprint/pipeline-home.ts";
import { AgentHome } from "./fake-home.ts";
import { LimitedHome } from "./limited-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

describe("a program on the typed client", () => {
  it("talks with a session, and hears what it says", async () => {
    const id = await home.session("--name", "helper");
    const client = await home.client();
    expect(await client.result("helper")).toBeNull();
    expect(await client.ask("helper", "hello")).toMatchObject({ text: "1: hello", is_error: false, delivery: "confirmed" });
    expect(await client.send("helper", "more")).toBe("confirmed");
    const texts: string[] = [];
    for await (const event of client.subscribe(id, { since: "0" })) {
      if (event.type === "text" && !event.delta) texts.push(event.text);
      // The result is told after the last of the text, and only then is it there to be asked for.
      if (event.type === "result" && event.turn === 2) break;
    }
    expect(texts).toEqual(["1: hello", "2: more"]);
    expect(await client.result(id)).toMatchObject({ type: "result", text: "2: more", turn: 2 });
    expect(await client.interrupt(id)).toBe(true);
  });

  it("says a message once, however often it sends it under one id", async () => {
    const id = await home.session();
    const client = await home.client();
    const message_id = "0b9b2a60-6a51-4c68-9b0e-6d1c9d3c7a11";
    const answers = [await client.ask(id, "once", { message_id }), await client.ask(id, "once", { message_id })];
    expect(answers.map(({ text }) => text)).toEqual(["1: once", "1: once"]);
  });

  it("sees and raises what may be spent", async () => {
    const id = await home.session("--max-turns", "1");
    const client = await home.client();
    await client.ask(id, "one");
    expect(await client.budget(id)).toMatchObject({ max_turns: 1, spent: { turns: 1 }, share: 1 });
    expect(await client.setBudget(id, { max_turns: 5, max_cost_usd: 2 })).toMatchObject({ max_turns: 5, max_cost: 2 });
    expect(await client.budget(await home.start("true"))).toBeNull();
    const [row] = await client.usage({ id, by: "provider" });
    expect(row).toMatchObject({ key: "claude", turns: 1 });
    expect(await client.usage({ since: Date.now() + 60_000 })).toEqual([]);
  });
});

describe("the pipelines of a program on the typed client", () => {
  const pipelines = new PipelineHome();
  afterAll(() => pipelines.dispose());

  it("are compared with their blueprint, and run again", async () => {
    const directory = pipelines.written('[agents.one]\ncommand = "false"\n');
    const id = await pipelines.apply(directory, "--name", "broken");
    await pipelines.wait(id);
    const client = await pipelines.client();
    const path = join(directory, "overmind.toml");
    expect(await client.diff(path, { id })).toMatchObject({ id, name: "broken", same: true });
    writeFileSync(path, '[agents.one]\ncommand = "true"\n');
    expect(await client.diff(path, { id })).toMatchObject({ same: false, agents: [{ agent: "one", change: "changed" }] });
    expect(await client.retry("broken", { failed: true })).toMatchObject({ id, attempt: 2, kept: [] });
    expect(await client.wait(id)).toMatchObject({ status: "crashed" });
  });
});

describe("the accounts of a program on the typed client", () => {
  const limited = new LimitedHome();
  afterAll(() => limited.dispose());

  it("are told, and opened", async () => {
    const account = limited.account();
    account.limit(Date.now() + 600_000);
    const id = await limited.start(...limited.agent(account), "work");
    const client = await limited.client();
    for await (const { type } of client.events({ follow: true, since: 0 })) if (type === "account.limited") break;
    const [view] = (await client.accounts()).filter(({ limited_until }) => limited_until !== null);
    expect(view).toMatchObject({ account: expect.any(String), limited_until: expect.stringMatching(/Z$/) });
    account.open();
    account.limit(0);
    expect(await client.openAccount(view?.account ?? "")).toBe(true);
    expect((await client.accounts()).every(({ limited_until }) => limited_until === null)).toBe(true);
    await client.kill(id);
  });
});
