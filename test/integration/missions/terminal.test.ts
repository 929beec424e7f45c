import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";

const home = startHome();
beforeAll(async () => {
  await home.start("--name", "long-one", `: ${"a very long command line ".repeat(12)}; sleep 1000`);
  await home.start("--name", "odd-one", "printf 'two\nlines \t and \u001b[31mred' >/dev/null; echo 日本語; sleep 1000");
  const id = await home.start("--name", "chatty", "--", ...agent("--lines", 200_000, "--line-bytes", 50));
  await home.wait(id);
});
afterAll(() => home.dispose());

/** Runs a shell line on a pseudo terminal of 80 columns; answers what it showed. */
async function onTerminal(line: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const ended = await home.shell(`script -qec "stty cols 80 rows 24; ${line}" /dev/null`, {
    env: { TERM: "xterm-256color", COLUMNS: undefined, ...env },
  });
  return ended.stdout.replaceAll("\r\n", "\n");
}

const escapeCharacter = String.fromCharCode(27);
const withoutColor = (text: string) => text.replaceAll(new RegExp(`${escapeCharacter}\\[[0-9;]*m`, "g"), "");

describe("a table", () => {
  it("fits a terminal of 80 columns, a row a line", async () => {
    const lines = withoutColor(await onTerminal("overmind ps"))
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[1]).toMatch(/…\s*$/);
  });

  it("has no colour with NO_COLOR on a terminal, nor when it is no terminal", async () => {
    expect(await onTerminal("overmind ps", { NO_COLOR: "1" })).not.toContain(escapeCharacter);
    expect((await home.run(["ps"])).stdout).not.toContain(escapeCharacter);
  });

  it("is not cut when it is no terminal, and a row is a row", async () => {
    const { stdout } = await home.run(["ps"]);
    expect(stdout).toContain("a very long command line ".repeat(12).trimEnd());
    expect(stdout.trimEnd().split("\n")).toHaveLength(4);
  });
});

describe("a pipe that is closed early", () => {
  it.each([
    "overmind logs chatty",
    "overmind logs -f chatty",
    "overmind ps",
    "overmind events",
    "overmind logs --raw chatty",
    "overmind --help",
  ])("is no error: %s | head -1", async (line) => {
    const ended = await home.shell(`set -o pipefail; { ${line} | head -1; } 2>&1`, { timeoutMs: 20_000 });
    expect(ended.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(ended.stdout).not.toMatch(/EPIPE|Error/);
    expect([0, 141]).toContain(ended.code);
  });
});

describe("without a terminal", () => {
  it("everything works: no stdin, no stdout, no stderr", async () => {
    const ended = await home.shell("overmind run --wait 'exit 3' <&- >&- 2>&-; echo $?");
    expect(ended.stdout).toBe("3\n");
  });

  it("data goes to stdout and talk to stderr", async () => {
    const ended = await home.run(["run", "--name", "spoken", "true"]);
    expect(ended.stdout).toMatch(/^Started mission [0-9a-z]{8} \(spoken\)\n$/);
    expect(ended.stderr).toBe("");
  });

  it("every command explains itself with --help, on stdout, with code 0", async () => {
    const verbs = [
      "run",
      "ps",
      "info",
      "logs",
      "wait",
      "stop",
      "kill",
      "signal",
      "restart",
      "rm",
      "prune",
      "events",
      "start",
      "shutdown",
      "status",
      "daemon",
      "doctor",
      "version",
      "completion",
    ];
    const helps = await Promise.all(verbs.map((verb) => home.run([verb, "--help"])));
    for (const [index, help] of helps.entries()) {
      expect(help, verbs[index]).toMatchObject({ code: 0, stderr: "" });
      expect(help.stdout).toContain(`overmind ${verbs[index]}`);
    }
  });
});
