import { afterAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";

const home = startHome();
afterAll(() => home.dispose());

describe("run --follow", () => {
  it("shows the output and exits with the command's code", async () => {
    const ended = await home.run(["run", "--follow", "echo one; echo two; exit 4"]);
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain("one\ntwo\n");
  });

  it("leaves the mission running at Ctrl-C and says how to get back to it", async () => {
    const following = home.spawn(["run", "--follow", "--name", "carry-on", "--", ...agent("--print-every", 50)]);
    await following.says("3\n");
    following.child.kill("SIGINT");
    const ended = await following.finished;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/overmind (logs -f|wait) \S+/);
    expect(await home.info("carry-on")).toMatchObject({ status: "running" });
  });
});

describe("Ctrl-C", () => {
  it.each([
    ["logs -f", ["logs", "-f", "watched"], "3\n", "Back to it: overmind logs -f watched\n"],
    // Once it has told of the one that ended, it is sure to wait for the other.
    ["wait", ["wait", "over", "watched"], "finished", "The missions go on. Back to waiting: overmind wait over watched\n"],
  ])("at %s leaves the mission alone and says how to come back", async (_, args, seen, words) => {
    await home.run(["run", "--wait", "--name", "over", "true"]);
    const id = await home.start("--name", "watched", "--", ...agent("--print-every", 50));
    const watching = home.spawn(args);
    await watching.says(seen);
    watching.child.kill("SIGINT");
    const ended = await watching.finished;
    expect([ended.code, ended.stderr]).toEqual([130, words]);
    expect(await home.info(id)).toMatchObject({ status: "running" });
    await home.ask("kill", { id });
  });
});

describe("logs --follow", () => {
  it("shows what was there and what comes, and ends when the mission does", async () => {
    const id = await home.start("--", ...agent("--lines", 20, "--print-every", 20, "--quiet"));
    const ended = await home.run(["logs", "-f", id]);
    expect(ended.stdout).toBe(numbers(20));
    expect(ended.code).toBe(0);
  });

  it("prefixes each line with the mission's name when it follows several", async () => {
    await home.start("--name", "left", "--", ...agent("--lines", 5, "--print-every", 20, "--quiet"));
    await home.start("--name", "right", "--", ...agent("--lines", 5, "--print-every", 20, "--quiet"));
    const ended = await home.run(["logs", "-f", "left", "right"]);
    const lines = ended.stdout.trimEnd().split("\n");
    for (const name of ["left", "right"]) {
      const own = lines.filter((line) => line.startsWith(name));
      expect(own.map((line) => line.replace(/^.*\D(\d+)$/, "$1"))).toEqual(["1", "2", "3", "4", "5"]);
    }
    expect(lines).toHaveLength(10);
  });

  it("goes on by itself, byte for byte, when the daemon dies under it", async () => {
    const id = await home.start("--", ...agent("--lines", 150, "--print-every", 10, "--quiet"));
    const following = home.spawn(["logs", "-f", id]);
    await following.says("20\n");
    await home.killDaemon("SIGKILL");
    expect((await following.finished).stdout).toBe(numbers(150));
  });
});

describe("logs", () => {
  it("shows the last lines with -n, times with -t, and only an attempt's with --attempt", async () => {
    const id = await home.start("--", ...agent("--lines", 100, "--quiet"));
    await home.wait(id);
    expect((await home.run(["logs", "-n", "3", id])).stdout).toBe("98\n99\n100\n");
    const stamped = (await home.run(["logs", "-t", "-n", "1", id])).stdout;
    expect(stamped).toMatch(/^~?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 100\n$/);
    expect((await home.run(["logs", "--attempt", "1", id])).stdout).toBe(numbers(100));
  });

  it("shows every mission under its name when none is given", async () => {
    const id = await home.start("--name", "titled", "echo inside");
    await home.wait(id);
    expect((await home.run(["logs"])).stdout).toContain(`=== titled (${id}) ===\ninside\n`);
  });

  it("knows when a line was written, to 100 ms", async () => {
    const id = await home.start("date +%s%3N; sleep 0.7; date +%s%3N");
    await home.wait(id);
    const lines = (await home.run(["logs", "--json", id])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const { time, text } of lines) expect(Math.abs(Date.parse(time) - Number(text))).toBeLessThan(250);
    const middle = new Date(Number(lines[0].text) + 350).toISOString();
    expect((await home.run(["logs", "--since", middle, id])).stdout.trim()).toBe(lines[1].text.trim());
    expect((await home.run(["logs", "--until", middle, id])).stdout.trim()).toBe(lines[0].text.trim());
  });
});

function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index + 1}\n`).join("");
}
