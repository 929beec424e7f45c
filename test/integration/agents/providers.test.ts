import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { AgentHome, callsIn, promptIn } from "./fake-home.ts";

const home = new AgentHome();
afterAll(() => home.dispose());

interface Kind {
  readonly kind: string;
  readonly words?: readonly string[];
}
const kinds: Kind[] = [
  { kind: "claude" },
  { kind: "codex" },
  { kind: "gemini" },
  { kind: "opencode" },
  { kind: "acp", words: ["--", "opencode", "acp"] },
];
const resuming = kinds.filter(({ kind }) => kind !== "gemini");

const send = (id: string, ...words: string[]) => home.run(["send", "--wait", id, ...words]);
const restarts = ["--restart", "on-failure", "--backoff", "0"];

/** Starts a session of that kind, with its prompt where one is given. */
function session({ kind, words }: Kind, { prompt, flags = [] }: { prompt?: string; flags?: readonly string[] } = {}) {
  const first = prompt === undefined ? [] : ["--prompt", prompt];
  return home.start("--provider", kind, "--type", "session", ...flags, ...first, ...(words ?? []));
}

async function withState(kind: Kind, options: { prompt?: string; flags?: readonly string[] } = {}) {
  const state = home.state();
  const id = await session(kind, { ...options, flags: ["--env", `FAKE_STATE=${state}`, ...(options.flags ?? [])] });
  return { state, id };
}

describe.each(kinds)("a session of $kind", (kind) => {
  it("takes its prompt and message after message over one process", async () => {
    const { id, state } = await withState(kind, { prompt: "first" });
    expect((await send(id, "second")).stdout).toBe("2: second\n");
    const answer = JSON.parse((await home.run(["send", "--wait", "--json", id, "third"])).stdout);
    expect(answer).toMatchObject({ text: "3: third", is_error: false, delivery: "confirmed" });
    expect(JSON.parse((await home.run(["result", id])).stdout)).toMatchObject({
      text: "3: third",
      turn: 3,
      outcome: "completed",
    });
    expect(callsIn(state)).toHaveLength(1);
    const info = await home.info(id);
    expect(info).toMatchObject({ provider: kind.kind, session_id: expect.any(String) });
    expect(info.usage.output_tokens).toBeGreaterThan(5);
    await home.run(["stop", id]);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "stopped" });
  });

  it("answers messages that came while a turn ran each in a turn of its own, in order", async () => {
    const { id } = await withState(kind, { prompt: "slow 500" });
    const answers = [send(id, "second"), home.printed(id, "1: slow 500").then(() => send(id, "third"))];
    expect((await Promise.all(answers)).map(({ code }) => code)).toEqual([0, 0]);
    const logs = await home.logs(id);
    expect(logs).toMatch(/1: slow 500\n(.*\n)*2: second\n(.*\n)*3: third\n/);
    expect(logs).not.toContain("merged");
  });

  it("is interrupted by its protocol within a turn, and lives on", async () => {
    const { id, state } = await withState(kind);
    const hanging = send(id, "hang");
    await until("the turn to run", () => promptIn(state) === "hang");
    const pid = await home.agentPid(id);
    await until("the interrupt to be taken", async () => (await home.run(["interrupt", id])).code === 0);
    expect((await hanging).code).toBe(1);
    expect((await send(id, "again")).stdout).toBe("2: again\n");
    expect(await home.agentPid(id)).toBe(pid);
  });

  it("is interrupted for a message that is sent so", async () => {
    const { id, state } = await withState(kind);
    const hanging = send(id, "hang");
    await until("the turn to run", () => promptIn(state) === "hang");
    expect(await home.run(["send", "--interrupt", "--wait", id, "this first"])).toMatchObject({
      code: 0,
      stdout: "2: this first\n",
    });
    expect((await hanging).code).toBe(1);
  });

  it("tells the whole text of a turn in which the daemon was killed, in logs, result and to a subscriber", async () => {
    const { id } = await withState(kind, { prompt: "stream 40 25" });
    const listener = home.spawn(["subscribe", "--from-start", id]);
    await until("the text to stream", () => listener.stdout.includes("<5>"));
    await home.killDaemon();
    const whole = Array.from({ length: 40 }, (_, index) => `<${index + 1}>`).join("");
    expect((await home.run(["start"])).code).toBe(0);
    await until("the result", async () => JSON.parse((await home.run(["result", id])).stdout).text === whole);
    expect((await home.run(["logs", id])).stdout).toBe(`${whole}\n`);
    await home.run(["stop", id]);
    const heard = await listener.finished;
    expect(heard).toMatchObject({ code: 0, stderr: "" });
    const events = heard.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const pieces = events.filter(({ type, delta }) => type === "text" && delta);
    expect(pieces.map(({ text }) => text).join("")).toBe(whole);
    expect(events.filter(({ type }) => type === "result")).toMatchObject([{ text: whole }]);
    const places = events.slice(0, -1).map(({ at }) => at);
    expect(new Set(places).size).toBe(places.length);
    const again = await home.run(["subscribe", "--from-start", id]);
    expect(
      again.stdout
        .split("\n")
        .slice(0, places.length)
        .map((line) => JSON.parse(line).at),
    ).toEqual(places);
  });

  it("takes a message of a megabyte byte for byte", async () => {
    const message = `-start "quotes" 'single' $(echo no) \`ticks\` \u{1F600} ${"line of text\n".repeat(80_000)}`;
    const { id, state } = await withState(kind);
    const { code } = await home.run(["send", "--wait", id, "-"], { input: message });
    expect(code).toBe(0);
    expect(promptIn(state) === message).toBe(true);
  });
});

describe.each(resuming)("a conversation of $kind", (kind) => {
  it("goes on after the agent was killed", async () => {
    const { id, state } = await withState(kind, { prompt: "remember", flags: restarts });
    await send(id, "this");
    const { session_id } = await home.info(id);
    expect((await send(id, "die")).code).toBe(1);
    await until("the next attempt", async () => (await home.info(id)).attempt === 2);
    expect((await send(id, "and go on")).stdout).toBe("4: and go on\n");
    expect((await home.info(id)).session_id).toBe(session_id);
    expect(callsIn(state)).toHaveLength(2);
  });

  it("begins anew with its prompt when somebody restarts it so, also over a death of the daemon", async () => {
    const { id } = await withState(kind, { prompt: "hello" });
    await send(id, "more");
    const before = (await home.info(id)).session_id;
    expect((await home.run(["restart", "--fresh", id])).code).toBe(0);
    expect((await send(id, "anew")).stdout).toBe("2: anew\n");
    const after = (await home.info(id)).session_id;
    expect(after).not.toBe(before);
    expect((await home.run(["restart", id])).code).toBe(0);
    expect((await send(id, "again")).stdout).toBe("3: again\n");
    expect((await home.info(id)).session_id).toBe(after);
  });
});

describe.each(kinds)("a conversation of $kind that is gone", (kind) => {
  it("is said to be gone, and a new one begins once", async () => {
    const flags = [...restarts, "--env", "FAKE_RESUME=fails"];
    const { id, state } = await withState(kind, { prompt: "remember", flags });
    await send(id, "this");
    const before = (await home.info(id)).session_id;
    await send(id, "die");
    const anew = await until("a turn of a new conversation", async () => {
      const { stdout } = await send(id, "who am I?");
      return stdout !== "" && stdout;
    });
    expect(anew).toBe("1: who am I?\n");
    expect((await home.info(id)).session_id).not.toBe(before);
    const events = await home.run(["events", "--mission", id, "--json"]);
    const told = events.stdout.split("\n").filter((line) => line.includes('"mission.conversation"'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(before);
    expect(callsIn(state).length).toBeLessThanOrEqual(3);
  });
});
