import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { startArmed } from "../../support/fault-daemon.ts";
import { until } from "../../support/until.ts";
import { AgentHome, promptIn } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

const send = (id: string, ...words: string[]) => home.run(["send", "--wait", id, ...words]);
const linesOf = (text: string) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

async function session(kind: string, ...flags: string[]) {
  const state = home.state();
  const id = await home.start("--provider", kind, "--type", "session", "--env", `FAKE_STATE=${state}`, ...flags);
  return { id, state };
}

describe("a message to an agent that confirms each", () => {
  it("is known never to have been written once it confirms the next one, over more daemons too", async () => {
    const { id } = await session("claude");
    await send(id, "first");
    await home.killDaemon();
    const daemon = await startArmed(home, "after_message_sent");
    const message = { id, message: "second", message_id: randomUUID() };
    await home.ask("send", message).catch(() => null);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await home.run(["start"]);
    expect(await home.ask("send", message)).toBe("unconfirmed");
    expect((await send(id, "third")).stdout).toBe("2: third\n");
    await expect(home.ask("send", message)).rejects.toMatchObject({ code: "invalid_argument" });
    await home.killDaemon();
    expect((await send(id, "fourth")).stdout).toBe("3: fourth\n");
    const events = await home.run(["events", "--mission", id, "--type", "mission.message_refused", "--json"]);
    expect(linesOf(events.stdout)).toMatchObject([{ data: { note: "the daemon died before it was written" } }]);
  });
});

describe.each(["claude", "codex", "opencode"])("a message to %s", (kind) => {
  it("is said once, and answered, also when the daemon dies before its turn has ended", async () => {
    const { id, state } = await session(kind);
    const answer = send(id, "slow 1200");
    await until("the turn to run", () => promptIn(state) === "slow 1200");
    await home.killDaemon();
    expect(await answer).toMatchObject({ code: 0, stdout: "1: slow 1200\n" });
    expect((await send(id, "next")).stdout).toBe("2: next\n");
  });

  it("is said once, and answered, also when the daemon dies while it waits for another turn", async () => {
    const { id, state } = await session(kind);
    const first = send(id, "slow 1000");
    await until("the turn to run", () => promptIn(state) === "slow 1000");
    const second = home.run(["send", "--wait", "--json", id, "second"]);
    await until("the second to be kept", async () => (await home.info(id)).status === "running");
    await home.killDaemon();
    expect((await first).stdout).toBe("1: slow 1000\n");
    expect(JSON.parse((await second).stdout)).toMatchObject({ text: "2: second", delivery: "confirmed" });
  });

  it.each([
    ["after_message_kept", true],
    ["after_message_sent", false],
  ])("is told truly when the daemon dies (%s), and never said twice", async (point, isSaid) => {
    const { id, state } = await session(kind);
    await send(id, "first");
    await home.killDaemon();
    const daemon = await startArmed(home, point);
    const message = { id, message: "second", message_id: randomUUID() };
    await home.ask("send", message).catch(() => null);
    expect(await daemon.finished).toMatchObject({ signal: "SIGKILL" });
    await home.run(["start"]);
    if (isSaid) {
      await until("the message to be said", () => promptIn(state) === "second");
    } else {
      // Whether it was written nobody knows: it is not said again, and a person has the agent go on.
      expect(await home.ask("send", message)).toBe("unconfirmed");
      await home.run(["restart", id]);
    }
    expect((await send(id, "third")).stdout).toContain(": third\n");
    expect(await home.ask("send", message)).toBe(isSaid ? true : "unconfirmed");
  });

  it("that is sent again under its id is answered as it stands", async () => {
    const { id } = await session(kind);
    const message = { id, message: "once", message_id: randomUUID(), wait: true };
    const first = await home.ask("send", message);
    expect(await home.ask("send", message)).toMatchObject({ text: first.text });
    expect(await home.ask("send", { ...message, wait: false })).toBe(true);
    expect((await send(id, "next")).stdout).toBe("2: next\n");
    await home.run(["stop", id]);
    expect(await home.ask("send", message)).toMatchObject({ text: first.text });
    expect(await home.run(["send", id, "new"])).toMatchObject({ code: 1 });
  });

  it("that the agent had when it died is neither confirmed nor said again", async () => {
    const { id } = await session(kind, "--restart", "on-failure", "--backoff", "0");
    await send(id, "hello");
    const message_id = randomUUID();
    await expect(home.ask("send", { id, message: "die", message_id, wait: true })).rejects.toMatchObject({ code: "exited" });
    await until("the next attempt", async () => (await home.info(id)).attempt === 2);
    expect(await home.ask("send", { id, message: "die", message_id })).toBe("unconfirmed");
    expect((await send(id, "alive?")).stdout).toBe("3: alive?\n");
  });
});

describe("a message", () => {
  it("may come from standard input, whole", async () => {
    const { id, state } = await session("codex");
    const text = "several\nlines, $(nothing) 'run'\n";
    expect((await home.run(["send", "--wait", id, "-"], { input: text })).code).toBe(0);
    expect(promptIn(state)).toBe(text);
  });

  it("to a command is not written twice under one id", async () => {
    const id = await home.start("--type", "session");
    const message = { id, message: "line", message_id: randomUUID() };
    expect(await home.ask("send", message)).toBe(true);
    expect(await home.ask("send", message)).toBe("unconfirmed");
    await send(id, "last");
    expect((await home.run(["logs", "--raw", id])).stdout).toBe("line\nlast\n");
  });

  it("to a command stands in its readable log, line breaks and all in one line", async () => {
    const id = await home.start("--type", "session");
    await home.ask("send", { id, message: "two\nlines" });
    await home.printed(id, "lines\n");
    expect(await home.logs(id)).toContain("[human] two lines\n");
  });

  it("with --interrupt gives a command SIGINT first", async () => {
    const id = await home.start(
      "--type",
      "session",
      "trap 'echo interrupted' INT; echo ready; while :; do read line && echo got $line; done",
    );
    await home.printed(id, "ready");
    expect((await home.run(["send", "--interrupt", id, "hello"])).code).toBe(0);
    await home.printed(id, "got hello");
    expect(await home.logs(id)).toContain("interrupted\n");
  });

  it("is refused under an id that is none", async () => {
    const { id } = await session("claude");
    await expect(home.ask("send", { id, message: "x", message_id: "y" })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("a subscriber", () => {
  it("goes on behind an event, over attempts and of a mission that has ended", async () => {
    const { id } = await session("claude", "--restart", "on-failure", "--backoff", "0");
    await send(id, "one");
    await send(id, "die");
    await until("the next attempt", async () => (await home.info(id)).attempt === 2);
    await send(id, "two");
    await home.run(["stop", id]);
    const all = linesOf((await home.run(["subscribe", "--from-start", id])).stdout);
    const results = all.filter(({ type }) => type === "result");
    expect(results).toMatchObject([{ text: "1: one" }, { text: "3: two" }]);
    const [first] = results;
    const rest = linesOf((await home.run(["subscribe", "--since", first.at, id])).stdout);
    expect(rest).toEqual(all.slice(all.indexOf(first) + 1));
    expect(rest.at(-1)).toMatchObject({ type: "exit", status: "stopped" });
    expect(
      linesOf((await home.run(["subscribe", "--since", "2", id])).stdout).every(
        ({ at }) => at === undefined || at.startsWith("2."),
      ),
    ).toBe(true);
  });

  it("of a command gets its lines with their places", async () => {
    const id = await home.start("--type", "session");
    await send(id, "one");
    await send(id, "two");
    await home.run(["stop", id]);
    const all = linesOf((await home.run(["subscribe", "--from-start", id])).stdout);
    expect(all.slice(0, 2)).toMatchObject([
      { type: "plain", text: "one", at: "1.0.1" },
      { type: "plain", text: "two", at: "1.4.1" },
    ]);
    expect(linesOf((await home.run(["subscribe", "--since", "1.0.1", id])).stdout)).toEqual(all.slice(1));
  });

  it("is told what a place looks like", async () => {
    const id = await home.start("--type", "session");
    const { code, stderr } = await home.run(["subscribe", "--since", "yesterday", id]);
    expect({ code, says: stderr.includes("such as 1.2048.1") }).toEqual({ code: 1, says: true });
    expect((await home.run(["subscribe", "--since", "1", "--from-start", id])).code).toBe(2);
  });

  it("of what is no session and no agent is refused", async () => {
    const id = await home.start("sleep 20");
    expect((await home.run(["subscribe", "--from-start", id])).stderr).toContain("not_session");
  });
});
