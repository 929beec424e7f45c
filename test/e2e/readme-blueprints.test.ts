import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDirectory, Home } from "../support/home.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocksOf = (language: string) =>
  [...readme.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, text]) => (kind === language ? [text ?? ""] : []));

const blueprints = new Map(
  blocksOf("toml")
    .filter((text) => text.includes("[agents."))
    .map((text) => [/^# (\S+\.toml)$/m.exec(text)?.[1] ?? "", text]),
);
const schemas = blocksOf("json");
const shell = blocksOf("sh teams");
const linesOf = (part: string) => (shell.find((text) => text.includes(part)) ?? "").trimEnd().split("\n");

// What the reader's own project would bring along. The first test with Node 22 and postgres fails, once.
const npm = `#!/bin/sh
case "$*" in
  "run build") echo built ;;
  test) echo '3 passed' ;;
  publish) echo published >> "$MARKS" ;;
  "view . version") grep -q published "$MARKS" && echo 1.0.0 ;;
  "run e2e") node -e 'fetch(process.env.BASE_URL).then((a) => a.text()).then((text) => console.log("page: " + text))' | tee e2e.log ;;
  *) echo "npm: what is $*?" >&2; exit 1 ;;
esac
`;
const npx = `#!/bin/sh
echo "$* with $DATABASE" >> "$MARKS"
[ "$2 $DATABASE" != "node@22 postgres" ] || [ "$(grep -c "^$* with $DATABASE" "$MARKS")" -gt 1 ]
`;
const server = `import { createServer } from "node:http";
createServer((_, answer) => answer.end("hello")).listen(Number(process.env.PORT), "127.0.0.1");
`;
const rules = ["a.ts", "b.ts"].map((file) => ({ asked: `Review ${file}.`, says: JSON.stringify({ file, problems: [] }) }));

describe("the blueprints of the README", () => {
  let home: Home;
  let bin: string;
  let project: string;
  const marks = () => readFileSync(join(project, "marks"), "utf8");

  beforeAll(() => {
    const at = freshDirectory();
    bin = join(at, "bin");
    project = join(at, "project");
    for (const directory of [bin, project]) mkdirSync(directory);
    const env = { MARKS: join(project, "marks"), FAKE_RULES: JSON.stringify(rules), FAKE_ASKED: join(at, "asked") };
    home = new Home({ at, env });
    for (const [name, text] of [["npm", npm] as const, ["npx", npx] as const]) {
      writeFileSync(join(bin, name), text);
      chmodSync(join(bin, name), 0o755);
    }
    symlinkSync(resolve(root, "test/agents/scripted-agent.mjs"), join(bin, "claude"));
    writeFileSync(join(project, "server.mjs"), server);
    for (const [name, text] of blueprints) writeFileSync(join(project, name), text);
    writeFileSync(join(project, "review.schema.json"), schemas[0] ?? "");
    writeFileSync(join(project, "tasks.schema.json"), '{"type":"object"}');
    history();
  });
  afterAll(() => home.dispose());

  /** Two files changed in the last commit. */
  function history(): void {
    const git = (...words: string[]) =>
      execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.org", "-C", project, ...words]);
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "first");
    for (const name of ["a.ts", "b.ts"]) writeFileSync(join(project, name), "");
    git("add", "a.ts", "b.ts");
    git("commit", "-q", "-m", "second");
  }

  /** A line as somebody types it in the project. */
  async function typed(line: string) {
    const { code, stdout, stderr } = await home.shell(`cd '${project}'; PATH='${bin}':$PATH; ${line}`);
    return { line, code, stdout, stderr };
  }

  it("are those that this test runs, and hold as they stand", async () => {
    expect([...blueprints.keys()]).toEqual(["overmind.toml", "review.toml", "matrix.toml", "web.toml", "goal.toml"]);
    expect([shell.length, schemas.length]).toEqual([2, 1]);
    for (const name of blueprints.keys()) expect(await typed(`overmind validate ${name}`)).toMatchObject({ code: 0 });
  });

  it("build, test and report", async () => {
    const results = [];
    for (const line of linesOf("overmind validate")) results.push(await typed(line));
    expect(results.map(({ line, code }) => [line, code])).toEqual(linesOf("overmind validate").map((line) => [line, 0]));
    expect(results.at(-1)?.stdout).toBe("tests said: 3 passed\n");
  });

  const [review = "", logs = "", matrix = "", web = "", graph = ""] = linesOf("review.toml");

  it("review each file that changed", async () => {
    expect(await typed(review)).toMatchObject({ code: 0 });
    expect((await typed(logs)).stdout).toMatch(/^=== reader-1 [\s\S]*a\.ts[\s\S]*=== reader-2 [\s\S]*b\.ts/);
    const { stdout } = await typed("overmind logs summary");
    expect(JSON.parse(stdout)).toEqual(rules.map(({ says }) => JSON.parse(says)));
  });

  it("test every combination, one of them twice, and publish when they are told to", async () => {
    expect(await typed("overmind apply --wait matrix.toml")).toMatchObject({ code: 0 });
    expect((await typed("overmind logs report")).stdout).toBe("tests: [0,0,0,0], publish: skipped\n");
    expect(marks().trimEnd().split("\n").sort()).toEqual(
      [
        "20 --test with postgres",
        "20 --test with sqlite",
        "22 --test with postgres",
        "22 --test with postgres",
        "22 --test with sqlite",
      ].map((rest) => `-y node@${rest}`),
    );
    expect(await typed(matrix)).toMatchObject({ code: 0 });
    expect((await typed("overmind logs report")).stdout).toBe("tests: [0,0,0,0], publish: completed\n");
    expect(marks()).toContain("published\n");
  });

  it("test against a server that goes when they end, and clean up behind them", async () => {
    expect(await typed(web)).toMatchObject({ code: 0 });
    expect((await typed("overmind logs e2e")).stdout).toBe("page: hello\n");
    expect(existsSync(join(project, "e2e.log"))).toBe(false);
    expect((await typed(graph)).stdout).toBe(
      "server (service, stopped)\n└─ e2e (completed) [ready]\nclean (finally, completed)\n",
    );
    expect(await home.info("server")).toMatchObject({ status: "stopped" });
  });

  it("end with 1 where the tests fail, also then without the server", async () => {
    writeFileSync(join(project, "broken.toml"), (blueprints.get("web.toml") ?? "").replace("npm run e2e", "npm run nothing"));
    expect(await typed("overmind apply --wait broken.toml")).toMatchObject({ code: 1 });
    expect((await typed("overmind logs broken")).stdout).toContain("pipeline failed at agent 'e2e'");
    expect((await typed("overmind ps -q --status running")).stdout).toBe("");
  });
});
