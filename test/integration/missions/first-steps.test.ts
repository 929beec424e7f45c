import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Home } from "../../support/home.ts";

let home: Home;
// Holds what the command line itself needs, and no agent.
let bareDirectory: string;
beforeAll(() => {
  home = new Home();
  bareDirectory = join(home.home, "bin");
  mkdirSync(bareDirectory);
  symlinkSync(process.execPath, join(bareDirectory, "node"));
});
afterAll(() => home.dispose());

describe("overmind -v", () => {
  it("tells the version, as --version does", async () => {
    const long = await home.run(["--version"]);
    expect(await home.run(["-v"])).toMatchObject({ code: 0, stdout: long.stdout, stderr: "" });
  });
});

describe("info -f", () => {
  it("prints null for a field without a value, and refuses one that missions do not have", async () => {
    const id = await home.start("--label", "team=docs", "sleep 600");
    for (const path of [".exit_code", ".terminal", ".labels.nope", ".attempts[4].signal"])
      expect(await home.run(["info", id, "-f", path])).toMatchObject({ code: 0, stdout: "null\n", stderr: "" });
    const { code, stdout, stderr } = await home.run(["info", id, "-f", ".exitcode"]);
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      "Error: a mission has no field '.exitcode' (invalid_argument)\nDid you mean: -f .exit_code\n",
    ]);
    await home.run(["stop", id]);
  });
});

describe("a flag about restarts", () => {
  const note = /^Note: it never restarts, so --max-restarts, --backoff do nothing; give --restart on-failure or always\.$/m;
  const flags = ["--max-restarts", "3", "--backoff", "10"];

  it("is said to do nothing where the mission never restarts", async () => {
    const without = await home.run(["run", "--json", ...flags, "true"]);
    expect([without.code, without.stderr]).toEqual([0, expect.stringMatching(note)]);
    expect(JSON.parse(without.stdout)).toHaveProperty("id");
    expect((await home.run(["run", "--wait", "--restart", "never", ...flags, "true"])).stderr).toMatch(note);
    expect((await home.run(["run", "--restart", "on-failure", ...flags, "true"])).stderr).toBe("");
    expect((await home.run(["run", "true"])).stderr).toBe("");
  });

  it("is said nothing of where the home lets missions restart", async () => {
    const restarting = new Home({ config: '[defaults]\nrestart = "on_failure"\n' });
    try {
      expect(await restarting.run(["run", ...flags, "true"])).toMatchObject({ code: 0, stderr: "" });
      expect((await restarting.run(["run", "--restart", "never", ...flags, "true"])).stderr).toMatch(note);
    } finally {
      await restarting.dispose();
    }
  });
});

describe("wait for several missions", () => {
  it("tells a person each by its name too, and a script the sentence that it says of one", async () => {
    const [one, two] = [await home.start("--name", "one", "true"), await home.start("--name", "two", "exit 3")];
    const said = [`Mission ${one} finished: stopped (exit code 0)`, `Mission ${two} finished: crashed (exit code 3)`];
    const lines = ({ stdout }: { stdout: string }) => stdout.trimEnd().split(/\r?\n/).sort();
    const plain = await home.run(["wait", one, two]);
    expect([plain.code, lines(plain)]).toEqual([3, [...said].sort()]);
    const terminal = await home.shell(`script -qec "overmind wait one two" /dev/null`);
    expect(lines(terminal)).toEqual([`${said[0]} [one]`, `${said[1]} [two]`].sort());
    const json = await home.run(["wait", "--json", one, two]);
    expect(
      lines(json)
        .map((line) => JSON.parse(line).name)
        .sort(),
    ).toEqual(["one", "two"]);
  });
});

describe("events of a type that there is not", () => {
  it.each([
    [["--type", "mission.end"], "not 'mission.end'", "Did you mean: --type 'mission.ended'"],
    [["-f", "--type", "ended"], "not 'ended'", "Did you mean: --type 'mission.ended'"],
    [["-f", "--type", "mission.*, missoin.*"], "not 'missoin.*'", "Did you mean: --type 'mission.*'"],
    [["--type", "zzz"], "not 'zzz'", "There are: mission.*, account.*, daemon.*, config.*, hook.*, pool.*"],
  ])("are refused, with what may have been meant: events %j", async (words, not, hint) => {
    const { code, stdout, stderr } = await home.run(["events", ...words], { timeoutMs: 30_000 });
    const what = `Error: --type takes a pattern that some type of event matches, ${not} (invalid_argument)`;
    expect([code, stdout, stderr]).toEqual([2, "", `${what}\n${hint}\n`]);
  });

  it("are shown for each pattern of several that matches", async () => {
    const id = await home.start("true");
    await home.wait(id);
    const { code, stdout } = await home.run(["events", "--json", "--mission", id, "--type", "mission.created, *.ended,hook.*"]);
    const types = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect([code, types]).toEqual([0, ["mission.created", "mission.ended"]]);
  });
});

describe("an agent that is not installed", () => {
  it.each([
    [["run", "--provider", "codex", "hello"]],
    [["run", "--provider", "codex", "--type", "session"]],
    [["codex", "run", "hello"]],
  ])("is refused before anything starts: overmind %j", async (words) => {
    const { code, stdout, stderr } = await home.run(words, { env: { PATH: bareDirectory } });
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      "Error: codex is not installed: there is no program 'codex' in the one directory of the mission's PATH (program_not_found)\n" +
        "Install it, or put its directory on the PATH. Which agents are found here: overmind agents-available\n",
    ]);
    expect((await home.ask("list", { all: true })).filter(({ provider }: { provider: string }) => provider === "codex")).toEqual(
      [],
    );
  });

  it("is a failure of Overmind, not the agent's, for one who waits", async () => {
    const words = ["run", "--wait", "--json", "--provider", "codex", "hello"];
    const { code, stdout } = await home.run(words, { env: { PATH: bareDirectory } });
    expect([code, JSON.parse(stdout)]).toEqual([125, expect.objectContaining({ source: "overmind", code: "program_not_found" })]);
  });

  it("is refused on the wire too, by the PATH that the request brings", async () => {
    await expect(home.ask("run", { provider: "codex", command: "x", env: { PATH: "/nowhere" } })).rejects.toMatchObject({
      code: "program_not_found",
    });
  });
});
