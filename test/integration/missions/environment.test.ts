import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freshDirectory, startHome } from "../../support/home.ts";

const home = startHome({ at: freshDirectory() });
afterAll(() => home.dispose());

const added = /^(OVERMIND_(HOME|MISSION_ID|MISSION_NAME|ATTEMPT)|PWD|OLDPWD|SHLVL|_)=/;

/** The variables of a NUL-separated environment that neither a shell nor Overmind sets by itself. */
function entries(bytes: Buffer): string[] {
  return bytes
    .toString("latin1")
    .split("\0")
    .filter((entry) => entry !== "" && !added.test(entry))
    .toSorted();
}

describe("the environment of the caller", () => {
  it("reaches the agent byte for byte, with names and values that no shell would keep", async () => {
    // perl sets, and reads, what neither a shell nor Node can: names that are no identifiers and bytes that are no UTF-8.
    const script = [
      'sub f {} ; $ENV{"BASH_FUNC_greet%%"} = "() {  echo hi\\n}";',
      '$ENV{"npm_config_\\@x:registry"} = "https://example.invalid/"; $ENV{"my.var"} = "dots"; $ENV{"A-B"} = "dash";',
      '$ENV{LATIN} = "caf\\xe9"; $ENV{"N\\xff"} = "name"; $ENV{EMPTY} = ""; $ENV{LINES3} = "a\\nb\\nc"; $ENV{IFS} = ":"; $ENV{UTF} = "\\xe2\\x82\\xac=";',
      "delete $ENV{CLAUDECODE}; exec @ARGV;",
    ].join(" ");
    const direct = await home.shell(`perl -e '${script}' perl -e 'open F, "<", "/proc/self/environ"; local $/; print <F>'`);
    const kept = await home.shell(
      `perl -e '${script}' overmind run --wait --name exact -- perl -e 'open F, "<", "/proc/self/environ"; local $/; print <F>'`,
    );
    expect(kept.code).toBe(0);
    const { bytes } = await home.run(["logs", "--raw", "exact"]);
    expect(entries(bytes)).toEqual(entries(direct.bytes));
    expect(entries(bytes)).toEqual(
      expect.arrayContaining([
        "LATIN=caf\xe9",
        "npm_config_@x:registry=https://example.invalid/",
        "BASH_FUNC_greet%%=() {  echo hi\n}",
      ]),
    );
  });

  it("gives bash its exported functions", async () => {
    const ended = await home.shell(
      "greet() { echo hello from a function; }; export -f greet; overmind run --follow -- bash -c greet",
    );
    expect(ended.stdout).toContain("hello from a function");
    expect(ended.code).toBe(0);
  });

  it("loses the marks of an outer agent and gains the mission's own", async () => {
    const id = await home.start("--name", "marked", "env");
    await home.wait(id);
    const lines = (await home.logs(id)).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        `OVERMIND_MISSION_ID=${id}`,
        "OVERMIND_MISSION_NAME=marked",
        "OVERMIND_ATTEMPT=1",
        `OVERMIND_HOME=${home.home}`,
      ]),
    );
    const claude = await home.shell("CLAUDECODE=1 CLAUDE_CODE_ENTRYPOINT=cli overmind run --follow env");
    expect(claude.stdout).not.toMatch(/CLAUDE/);
  });

  it("is changed by --env and --env-file", async () => {
    const file = join(home.home, "vars");
    writeFileSync(file, '# comment\nFROM_FILE=one two\nQUOTED="a b"\n\nBOTH=file\n');
    const id = await home.start("--env-file", file, "--env", "BOTH=flag", "--env", "X=1=2", 'echo "$FROM_FILE|$QUOTED|$BOTH|$X"');
    await home.wait(id);
    expect(await home.logs(id)).toBe("one two|a b|flag|1=2\n");
  });

  it("is the daemon's own for a client that sends none", async () => {
    const { id } = await home.ask("run", { command: "pwd; echo $PATH" });
    await home.wait(id);
    expect((await home.logs(id)).split("\n")[1]).toBeTruthy();
  });
});

describe("the rest of the caller", () => {
  it("comes along: directory, umask, niceness and descriptor limit", async () => {
    const there = join(home.home, "wörk dir");
    mkdirSync(there);
    const line = `overmind run --wait --name same 'pwd; umask; ulimit -Sn; nice; touch made'`;
    const ended = await home.shell(`cd '${there}'; umask 027; ulimit -Sn 777; nice -n 5 ${line}; exit $?`);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    // The suite itself may be niced.
    const niceness = String(Math.min(19, getPriority() + 5));
    expect((await home.logs("same")).split("\n").slice(0, 4)).toEqual([there, "0027", "777", niceness]);
    expect(readFileSync(join(there, "made"), "utf8")).toBe("");
  });

  it("does not leak descriptors, blocked signals or ignored signals into the agent", async () => {
    const id = await home.start("ls /proc/self/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status");
    await home.wait(id);
    const output = await home.logs(id);
    expect(output).toMatch(/^0\n1\n2\n3\n/);
    expect(output).toMatch(/SigBlk:\s+0+\nSigIgn:\s+0+\n/);
  });

  it("gives the words after -- to the agent as they are", async () => {
    const words = ["a b", "", "$(id)", "it's", 'say "hi"', "new\nline", "größe", "--wait", "*"];
    const id = await home.start("--", "perl", "-e", 'print join("|", @ARGV)', ...words);
    await home.wait(id);
    expect(await home.logs(id)).toContain(words.join("|"));
  });
});
