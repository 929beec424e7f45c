import { chmodSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settingsFrom } from "../../src/settings/read-settings.ts";
import { freshDirectory, Home } from "../support/home.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");
const agents = resolve(root, "test/agents");
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocksOf = (language: string) =>
  [...readme.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, text]) => (kind === language ? [text ?? ""] : []));
const shell = blocksOf("sh agents");
const toml = blocksOf("toml");

describe("what the README says of agents", () => {
  let home: Home;
  let bin: string;

  beforeAll(() => {
    const at = freshDirectory();
    bin = join(at, "bin");
    mkdirSync(bin);
    home = new Home({ at, env: { PATH: `${bin}:${process.env["PATH"]}`, FAKE_STATE: bin } });
  });
  afterAll(() => home.dispose());

  /** Puts what is to answer to `claude` on the reader's PATH. */
  function put(program: string): void {
    const path = join(bin, "claude");
    try {
      unlinkSync(path);
    } catch {}
    symlinkSync(program, path);
  }

  const linesOf = (part: string) => (shell.find((text) => text.includes(part)) ?? "").trimEnd().split("\n");

  /** Each line of a block in a shell of its own, as somebody types them, and what came of it. */
  async function type(lines: readonly string[]) {
    const results = [];
    for (const line of lines) {
      const { code, stdout, stderr } = await home.shell(`cd '${home.home}'; PATH='${bin}':$PATH; ${line}`);
      results.push({ line, code, stdout, stderr });
    }
    return results;
  }

  it("runs an agent and talks with a session", async () => {
    put(join(agents, "fake-agent.mjs"));
    const lines = linesOf("run -f --provider claude");
    // This one ends by Ctrl-C, so it stands beside the others.
    const following = lines.findIndex((line) => line.startsWith("overmind subscribe helper "));
    expect(following).toBeGreaterThan(0);
    const before = await type(lines.slice(0, following));
    const subscriber = home.spawn(["subscribe", "helper"]);
    // It tells only from now on, and nothing says when that is but what it tells.
    await until("the subscriber to listen", async () => {
      await home.ask("send", { id: "helper", message: "is somebody there?", wait: true, timeout: 20_000 });
      return subscriber.stdout !== "";
    });
    const after = await type([...lines.slice(following + 1), "overmind send --wait helper 'go on'"]);
    await until("the subscriber to hear it", () => subscriber.stdout.includes("go on"));
    subscriber.child.kill("SIGINT");
    await subscriber.finished;
    expect([...before, ...after].map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(before[0]?.stdout).toContain("explain this repository");
    expect(before[2]?.stdout).toContain("where are the tests?");
    expect((await home.run(["kill", "helper"])).code).toBe(0);
  });

  it("counts what agents used", async () => {
    put(join(agents, "fake-agent.mjs"));
    const results = await type(linesOf("overmind usage --by day"));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  it("lists what agents ask, and answers it", async () => {
    put(join(agents, "asking-agent.mjs"));
    const [inbox = "", ...answers] = linesOf("overmind inbox");
    const asks = JSON.stringify([{ tool: "Bash", input: { command: "npm test" } }]);
    for (const answer of answers) {
      await home.start("--name", "helper", "--provider", "claude", "--prompt", asks);
      const [request] = await until("helper to ask", async () => {
        const { pending, status } = await home.info("helper");
        return status === "waiting" ? pending : undefined;
      });
      const results = await type([inbox, answer.replace("d832abd5", request.request_id)]);
      expect(results).toMatchObject([{ code: 0, stdout: expect.stringContaining("npm test") }, { code: 0 }]);
      await home.ask("wait", { id: "helper", timeout: 20_000 });
    }
  });

  it("gives a program a terminal", async () => {
    const typist = join(bin, "typist");
    writeFileSync(typist, '#!/bin/sh\nread -r line\necho "read: $line"\nexec cat\n');
    chmodSync(typist, 0o755);
    put(typist);
    // To attach is a person's act on a terminal; the tests of terminals do that.
    const typed = linesOf("run --tty").filter((line) => !line.startsWith("overmind attach"));
    const logs = typed.pop() ?? "";
    const ran = await type(typed.slice(0, 1));
    // It answers once the mission is on record; what the next lines speak to stands a little later.
    await home.ask("wait", { id: "pair", for: ["running"] });
    const rest = await type(typed.slice(1));
    expect([...ran, ...rest].map(({ line, code }) => [line.split(" ")[1], code])).toEqual([
      ["run", 0],
      ["screen", 0],
      ["send", 3],
      ["detach", 0],
    ]);
    await until("the line to be read", async () => (await type([logs]))[0]?.stdout.includes("read: and now the tests"));
  });

  it("has no block of agents that this test leaves out", () => {
    expect(shell).toHaveLength(4);
  });

  it("shows settings that are taken as they stand", () => {
    const settings = toml.filter((text) => !text.includes("[agents."));
    expect(settings).toHaveLength(2);
    for (const text of settings) expect(() => settingsFrom(text, "config.toml")).not.toThrow();
  });
});
