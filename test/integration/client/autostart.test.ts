import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type HomePaths, homePaths } from "../../../src/base/paths.ts";
import { OvermindClient } from "../../../src/client/overmind-client.ts";
import { buildProgram } from "./built-daemon.ts";

const run = promisify(execFile);
let daemon: Awaited<ReturnType<typeof buildProgram>>;
let starter: Awaited<ReturnType<typeof buildProgram>>;
let root: string;
let paths: HomePaths;
const pids = new Set<number>();

beforeAll(async () => {
  [daemon, starter] = await Promise.all([buildProgram("fake-daemon.ts"), buildProgram("starter.ts")]);
});
afterAll(() => {
  daemon.dispose();
  starter.dispose();
});
beforeEach(() => {
  root = mkdtempSync("/tmp/om-c-");
  paths = homePaths({ OVERMIND_HOME: `${root}/h` });
});
afterEach(() => {
  for (const pid of pids) killed(pid);
  pids.clear();
  rmSync(root, { recursive: true, force: true });
});

async function open(autostart = true): Promise<OvermindClient> {
  const client = await OvermindClient.open({ paths, autostart, entry: daemon.entry });
  pids.add(client.hello.pid);
  return client;
}

function killed(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

describe("a client of a home without a daemon", () => {
  it("starts one, in a home of its owner alone", async () => {
    const client = await open();
    expect(await client.ping()).toBe("pong");
    expect(statSync(paths.home).mode & 0o777).toBe(0o700);
    expect(statSync(paths.socket).mode & 0o777).toBe(0o600);
    client.close();
  });

  it("gives it the caller's environment without what makes the caller a mission", async () => {
    process.env["OVERMIND_MISSION_ID"] = "abcdefgh";
    const client = await open();
    delete process.env["OVERMIND_MISSION_ID"];
    const environment = await client.request<Record<string, string>>("environment");
    expect(environment).toMatchObject({ OVERMIND_HOME: paths.home, OVERMIND_DAEMON: paths.home, PATH: process.env["PATH"] });
    expect(environment).not.toHaveProperty("OVERMIND_MISSION_ID");
    client.close();
  });

  it("does not when it may not, and makes nothing", async () => {
    await expect(open(false)).rejects.toMatchObject({
      code: "unreachable",
      message: "Daemon not running. Start with: overmind start",
    });
    expect(existsSync(paths.home)).toBe(false);
  });

  it("goes over a stale socket", async () => {
    const first = await open();
    killed(first.hello.pid);
    const second = await open();
    expect(second.hello.pid).not.toBe(first.hello.pid);
    second.close();
  });

  it("says why when the home cannot be used", async () => {
    writeFileSync(paths.home, "a file");
    await expect(open()).rejects.toMatchObject({ code: "home_unusable", message: expect.stringContaining(paths.home) });
  });

  it("leaves a file at the socket's path alone", async () => {
    const client = await open();
    killed(client.hello.pid);
    rmSync(paths.socket);
    writeFileSync(paths.socket, "precious");
    await expect(open()).rejects.toMatchObject({ code: "home_unusable" });
    expect(readFileSync(paths.socket, "utf8")).toBe("precious");
  });

  it("tightens a home that others can enter", async () => {
    const client = await open();
    killed(client.hello.pid);
    chmodSync(paths.home, 0o755);
    (await open()).close();
    expect(statSync(paths.home).mode & 0o777).toBe(0o700);
  });
});

describe("another program on the socket", () => {
  it("is told apart, left alone, and never sent a request", async () => {
    const client = await open();
    killed(client.hello.pid);
    rmSync(paths.socket);
    let heard = "";
    const other = createServer((socket) => {
      socket.on("data", (bytes) => {
        heard += String(bytes);
        socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      });
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => other.listen(paths.socket, resolve));
    await expect(open()).rejects.toMatchObject({
      code: "home_unusable",
      message: expect.stringContaining("another program answers on"),
    });
    expect(heard).toBe('{"cmd":"hello","args":{},"id":1}\n');
    await new Promise((resolve) => other.close(resolve));
  });
});

describe("twenty first clients at once", () => {
  it("make one daemon and are all answered", async () => {
    const runs = Array.from({ length: 20 }, () =>
      run(process.execPath, [starter.entry, daemon.entry], { env: { ...process.env, OVERMIND_HOME: paths.home } }),
    );
    const answers = (await Promise.all(runs)).map(({ stdout }) => Number(stdout));
    for (const pid of answers) pids.add(pid);
    expect(new Set(answers).size).toBe(1);
  });
});

describe("a client whose daemon dies", () => {
  it("starts the next and asks it", async () => {
    const client = await open();
    const first = client.hello.pid;
    killed(first);
    const second = await client.request<number>("pid", {}, { resend: true });
    pids.add(second);
    expect(second).not.toBe(first);
    client.close();
  });

  it("goes on with its stream, each event once", async () => {
    const client = await open();
    const seen: number[] = [];
    const daemons = new Set<number>();
    for await (const { seq, pid } of client.events() as unknown as AsyncIterable<{ seq: number; pid: number }>) {
      seen.push(seq);
      daemons.add(pid);
      pids.add(pid);
      if (seq === 10 || seq === 20) killed(pid);
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(daemons.size).toBe(3);
    client.close();
  });

  it("goes on waiting, for the time that is left", async () => {
    const client = await open();
    const first = client.hello.pid;
    const waiting = client.wait(String(first), { timeout: 60_000 });
    await client.ping();
    killed(first);
    const answer = (await waiting) as unknown as { exit_code: number; timeout: number };
    pids.add(answer.exit_code);
    expect(answer.exit_code).not.toBe(first);
    expect(answer.timeout).toBeLessThan(60_000);
    client.close();
  });

  it("does not repeat what changes something", async () => {
    const client = await open();
    await expect(client.request("die")).rejects.toMatchObject({ code: "unreachable" });
    client.close();
  });

  it("waits for a replacement after an orderly shutdown, and starts none itself", async () => {
    const client = await open();
    const first = client.hello.pid;
    const waiting = client.wait(String(first));
    expect(await client.shutdown()).toBe(true);
    const replacement = await open();
    expect(await waiting).toMatchObject({ exit_code: replacement.hello.pid });
    client.close();
    replacement.close();
  });
});
