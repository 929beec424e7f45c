import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { allPids } from "../../support/processes.ts";

const secret = `sk-test-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
// A umask that would leave everything open, if the daemon let it.
const home = startHome({ env: { API_KEY: secret } });
let id = "";

beforeAll(async () => {
  const { stdout } = await home.shell(
    `umask 000; overmind run --json --label team=a -- ${agent("--print-every", 100).join(" ")}`,
  );
  id = JSON.parse(stdout).id;
  await home.printed(id, "2\n");
  await home.run(["run", "--wait", "exit 3"]);
});
afterAll(() => home.dispose());

function everythingIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => join(directory, name));
}

describe("a home", () => {
  it("and all in it is for its owner alone, whatever the caller's umask", () => {
    const open = [home.home, ...everythingIn(home.home)].filter((path) => (statSync(path).mode & 0o077) !== 0);
    expect(open).toEqual([]);
    expect(statSync(home.socket).mode & 0o777).toBe(0o600);
  });
});

describe("a secret in the caller's environment", () => {
  it.each([[["ps", "-a"]], [["ps", "--json"]], [["events"]], [["events", "--json"]], [["status", "--json"]], [["logs"]]])(
    "is not in what overmind %j prints",
    async (args) => {
      const ended = await home.run(args);
      expect(ended.code).toBe(0);
      expect(ended.stdout + ended.stderr).not.toContain(secret);
    },
  );

  it("is not in info, nor in the daemon's log", async () => {
    expect((await home.run(["info", id])).stdout).not.toContain(secret);
    expect(home.daemonLog()).not.toContain(secret);
  });

  it("stands in one file only, which goes with the mission", async () => {
    const holding = () =>
      everythingIn(home.home).filter((path) => statSync(path).isFile() && readFileSync(path).includes(secret));
    for (const path of holding()) expect(path).toMatch(/missions\/[0-9a-z]{8}\/env$/);
    const one = await home.start("true");
    await home.wait(one);
    await home.run(["rm", one]);
    expect(existsSync(join(home.home, "missions", one))).toBe(false);
  });

  it("is in no command line of the machine", () => {
    const telling = allPids().filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`).includes(secret);
      } catch {
        return false;
      }
    });
    expect(telling).toEqual([]);
  });
});
