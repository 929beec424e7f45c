import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";
import { ask, askRaw } from "../../support/wire.ts";

const home = startHome();
beforeAll(async () => {
  await home.run(["start"]);
});
afterAll(() => home.dispose());

const hasNetcat = (() => {
  try {
    return execFileSync("sh", ["-c", "nc -h 2>&1 | grep -c OpenBSD"]).length > 0;
  } catch {
    return false;
  }
})();

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The reply that a shell client with nc gets; where nc is missing, one with perl that behaves the same. */
async function netcat(request: object, flags = ""): Promise<string> {
  const perl = `perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new($ARGV[0]); print $s <STDIN>; $s->flush; print while <$s>'`;
  const program = hasNetcat ? `nc ${flags} -U` : perl;
  const ended = await home.shell(`printf '%s\\n' "$REQUEST" | ${program} "$OVERMIND_HOME/overmind.sock"`, {
    env: { REQUEST: JSON.stringify(request) },
    timeoutMs: 20_000,
  });
  expect(ended.code).toBe(0);
  return ended.stdout;
}

describe("a shell client with nc", () => {
  it("gets one compact reply for each verb, and the server closes", async () => {
    const run = await netcat({ cmd: "run", args: { command: "echo out; exit 4", name: "shelled" } });
    expect(run).toMatch(/^\{"ok":\{"id":"[0-9a-z]{8}","name":"shelled"\}\}\n$/);
    const wait = await netcat({ cmd: "wait", args: { id: "shelled" } });
    expect(wait).toContain('"exit_code":4');
    expect(wait).toMatch(/^\{"ok":\{.*"status":"crashed"/);
    expect(JSON.parse(await netcat({ cmd: "logs", args: { id: "shelled" } }))).toEqual({ ok: "out\n" });
    const ps = JSON.parse(await netcat({ cmd: "ps" })).ok;
    expect(ps).toMatch(/^ID\s+NAME\s+TYPE\s+STATUS\s+RESTARTS\s+PARENT\s+CHILDREN\s+UPTIME\s+COMMAND\n/);
    expect(ps).toMatch(/^[0-9a-z]{8}\s+shelled\s+task\s+crashed\s/m);
    const long = JSON.parse(await netcat({ cmd: "run", args: { command: "sleep 1000", name: "long" } })).ok.id;
    // The reply to run comes before there is a process.
    await home.agentPid("long");
    const info = await netcat({ cmd: "info", args: { id: "long" } });
    expect(info).toMatch(/"os_pid":\d+/);
    expect(info.match(/"os_pid":/g)).toHaveLength(1);
    expect(info).toMatch(/"exit_code":null/);
    expect(await netcat({ cmd: "stop", args: { id: long } })).toBe('{"ok":true}\n');
    expect(await netcat({ cmd: "kill", args: { id: long } })).toBe('{"ok":true}\n');
    expect(JSON.parse(await netcat({ cmd: "info", args: { id: "nobody" } }))).toMatchObject({
      error: "not_found",
      code: "not_found",
    });
  });

  it.skipIf(!hasNetcat && process.env["CI"] === undefined)(
    "gets the reply of a wait also when it closes its side first (nc -N)",
    async () => {
      const { id } = await home.ask("run", { command: "sleep 0.5; exit 6" });
      expect(JSON.parse(await netcat({ cmd: "wait", args: { id } }, "-N"))).toMatchObject({ ok: { exit_code: 6 } });
    },
  );

  it("finds no key `error` but in a refusal", async () => {
    const { id } = JSON.parse(await netcat({ cmd: "run", args: { type: "session", name: "echoing" } })).ok;
    const asks = [
      { cmd: "send", args: { id, message: "hello", wait: true } },
      ...["info", "result", "wait", "logs"].map((cmd) => ({ cmd, args: { id, for: "running" } })),
      ...["hello", "status", "ps", "list", "config", "hooks", "inbox", "accounts", "usage"].map((cmd) => ({ cmd })),
    ];
    for (const request of asks) {
      const reply = await netcat(request);
      expect(reply).toMatch(/^\{"ok":/);
      expect(reply).not.toContain('"error":');
    }
    await netcat({ cmd: "kill", args: { id } });
  });

  it("reads whole numbers and a pid that is a string from status", async () => {
    const status = await netcat({ cmd: "status" });
    expect(status.match(/"running":\d+/g)).toHaveLength(1);
    expect(JSON.parse(status).ok).toMatchObject({
      pid: String(await home.daemonPid()),
      home: home.home,
      node: expect.any(String),
      process_count: expect.any(Number),
      ets_table_count: expect.any(Number),
      missions: { total: expect.any(Number) },
    });
  });
});

describe("a connection without ids", () => {
  it("is answered also when the request lacks its newline and the client half-closes", async () => {
    expect(await askRaw(home.socket, '{"cmd":"ping"}', { halfClose: true })).toBe('{"ok":"pong"}\n');
  });

  it("says hello", async () => {
    expect(await ask(home.socket, "hello")).toEqual({
      ok: { server: "overmind", version: expect.any(String), protocol: 1, pid: await home.daemonPid(), home: home.home },
    });
  });

  it("gets a timed-out wait as the error timeout", async () => {
    const { id } = await home.ask("run", { command: "sleep 1000" });
    expect(await ask(home.socket, "wait", { id, timeout: 50 })).toMatchObject({ error: "timeout", code: "timeout" });
    await home.ask("kill", { id });
  });
});

describe("a connection with ids", () => {
  it("answers in any order, and a cancelled wait harms no mission", async () => {
    const wire = home.wire();
    const { ok } = await wire.request("run", { command: "sleep 1000" });
    const slow = wire.start("wait", { id: ok.id });
    expect(await wire.request("ping")).toMatchObject({ ok: "pong" });
    await wire.request("cancel", { id: slow.id });
    await slow.reply;
    expect((await home.info(ok.id)).status).toMatch(/^(starting|running)$/);
    wire.close();
    expect((await home.info(ok.id)).status).toMatch(/^(starting|running)$/);
    await home.ask("kill", { id: ok.id });
  });

  it("streams the events of a mission's life in order, with growing seq", async () => {
    const wire = home.wire();
    const { ok } = await wire.request("run", { command: "exit 3" });
    await wire.request("wait", { id: ok.id });
    await wire.request("events", { mission: ok.id });
    const seqs = wire.events.map((event) => event.seq);
    expect(seqs.length).toBeGreaterThan(1);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    const times = wire.events.map((event) => event.time);
    expect(times).toEqual(times.toSorted());
    for (const event of wire.events)
      expect(event).toMatchObject({ mission: ok.id, type: expect.any(String), time: expect.stringMatching(isoTime) });
    const end = wire.events.find(({ type }) => type === "mission.attempt_ended");
    expect(end?.data).toMatchObject({ ended_at: expect.stringMatching(isoTime), leftovers: [] });
  });
});
