import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freshDirectory } from "../../support/home.ts";
import { until } from "../../support/until.ts";
import { linesIn, PipelineHome } from "./pipeline-home.ts";

const examples = resolve(import.meta.dirname, "../../../blueprints");
const names = readdirSync(examples)
  .filter((file) => file.endsWith(".toml"))
  .map((file) => file.replace(/\.toml$/, ""));

interface Rule {
  readonly asked: string;
  readonly does?: string;
  readonly says: string;
}

/** A home that finds a claude on its PATH which follows rules. */
class ExampleHome extends PipelineHome {
  constructor() {
    const at = freshDirectory();
    const bin = join(at, "bin");
    super({ at, env: { PATH: `${bin}:${process.env["PATH"]}` } });
    mkdirSync(bin);
    symlinkSync(resolve(import.meta.dirname, "../../agents/scripted-agent.mjs"), join(bin, "claude"));
  }

  /** A directory that holds one example, under its own name. */
  example(name: string): string {
    const directory = this.written("");
    copyFileSync(join(examples, `${name}.toml`), join(directory, `${name}.toml`));
    return directory;
  }

  /** Runs an example to its end and answers the exit code. */
  async ran(directory: string, name: string, rules: readonly Rule[], ...flags: readonly string[]): Promise<number | null> {
    const env = { FAKE_RULES: JSON.stringify(rules), FAKE_ASKED: join(directory, "asked") };
    const { code } = await this.run(["apply", "--wait", `${name}.toml`, ...flags], { cwd: directory, env });
    return code;
  }
}

const home = new ExampleHome();
afterAll(() => home.dispose());

/** What agents were asked in a directory, in that order. */
const askedIn = (directory: string): string[] => linesIn(directory, "asked").map((line) => JSON.parse(line));

describe("the examples", () => {
  it("hold, all six of them, and each is a page that editors can check", async () => {
    expect(names).toHaveLength(6);
    const files = names.map((name) => join(examples, `${name}.toml`));
    const { code, stdout, stderr } = await home.run(["validate", ...files]);
    expect([code, stderr, stdout.trimEnd().split("\n").length]).toEqual([0, "", 6]);
    for (const file of files) {
      const lines = readFileSync(file, "utf8").split("\n");
      expect([lines[0], lines.length < 66]).toEqual(["#:schema ./overmind.schema.json", true]);
    }
  });

  it.each(names)("%s can be planned as its own head says, without a daemon's help", async (name) => {
    const directory = home.example(name);
    const plan = await home.ok(
      directory,
      "plan",
      `${name}.toml`,
      ...(name === "research-write-review" ? ["-p", "topic=bees"] : []),
    );
    expect(plan).toContain(`${name}: `);
  });
});

describe("build-pipeline", () => {
  it("builds, tests and lints, packs, and cleans up at the end", async () => {
    const directory = home.example("build-pipeline");
    expect(await home.ran(directory, "build-pipeline", [])).toBe(0);
    const log = await home.logs("build-pipeline");
    const started = [...log.matchAll(/agent '(\w+)' started/g)].map(([, agent]) => agent);
    expect([started[0], started.slice(1, 3).sort(), started.slice(3)]).toEqual(["build", ["lint", "test"], ["pack", "clean"]]);
  });
});

describe("nightly-matrix", () => {
  it("runs every combination and reports all exit codes", async () => {
    const directory = home.example("nightly-matrix");
    expect(await home.ran(directory, "nightly-matrix", [], "-p", "branch=next")).toBe(0);
    expect(await home.logs("cell-6")).toBe("next on node 24 with postgres\n");
    expect(await home.logs("report")).toBe("exit codes: [0,0,0,0,0,0]\n");
  });
});

describe("service-with-client", () => {
  it("greets its client, twice at the same time under two names", async () => {
    const directory = home.example("service-with-client");
    const [one, two] = await Promise.all([
      home.apply(directory, "service-with-client.toml", "--name", "one"),
      home.apply(directory, "service-with-client.toml", "--name", "two"),
    ]);
    for (const id of [one, two]) {
      const client = await until("its client to end", async () =>
        (await home.agents(id)).find(({ name, status }) => name.endsWith("client") && status === "stopped"),
      );
      expect(await home.logs(client.id)).toBe("hello\n");
      await home.ok(directory, "down", id);
    }
  });
});

const review = (good: boolean): Rule[] => [
  { asked: "Collect ten facts about bees", says: "They dance.\nThey 'hum' \"$(loudly)\"." },
  { asked: "Write an article", says: "Bees dance; $(they) hum." },
  { asked: "Review this article", says: JSON.stringify({ good, remarks: "Short." }) },
];

describe("research-write-review", () => {
  it("hands results on as text, and publishes what the review found good", async () => {
    const directory = home.example("research-write-review");
    expect(await home.ran(directory, "research-write-review", review(true), "-p", "topic=bees")).toBe(0);
    const [, write, reviewed] = askedIn(directory);
    expect(write).toContain("They dance.\nThey 'hum' \"$(loudly)\".");
    expect(reviewed).toContain("Bees dance; $(they) hum.");
    expect(readFileSync(join(directory, "article.md"), "utf8")).toBe("Bees dance; $(they) hum.");
    expect(await home.logs("publish")).toBe("article.md: Short.\n");
  });

  it("publishes nothing that the review found bad", async () => {
    const directory = home.example("research-write-review");
    expect(await home.ran(directory, "research-write-review", review(false), "-p", "topic=bees")).toBe(0);
    expect(existsSync(join(directory, "article.md"))).toBe(false);
  });

  it("asks for another review where the answer is no JSON, twice at most", async () => {
    const directory = home.example("research-write-review");
    const rules = [...review(true).slice(0, 2), { asked: "Review", says: "Good!" }];
    expect(await home.ran(directory, "research-write-review", rules, "-p", "topic=bees")).toBe(1);
    expect(askedIn(directory)).toHaveLength(5);
  });
});

describe("plan-fan-out-gather", () => {
  it("works on each task of the plan and puts together what came of them", async () => {
    const directory = home.example("plan-fan-out-gather");
    const rules = [
      { asked: "Split this goal", says: JSON.stringify({ tasks: ["short names", "long names", "no names"] }) },
      { asked: "number 1, and nothing else: short names", says: "Os" },
      { asked: "number 2, and nothing else: long names", says: 'The "Great" One' },
      { asked: "number 3, and nothing else: no names", says: "" },
      { asked: 'as a JSON list: ["Os","The \\"Great\\" One",""]', says: "Take Os.\nIt is $HOME." },
    ];
    expect(await home.ran(directory, "plan-fan-out-gather", rules)).toBe(0);
    expect(askedIn(directory)).toHaveLength(5);
    expect(await home.logs("print")).toBe("Take Os.\nIt is $HOME.\n");
  });
});

describe("test-fix-loop", () => {
  const check = "-p check=test -e fixed || { echo 'fixed is missing'; exit 3; }".split(/ (.*)/).slice(0, 2);

  it("sends what the check says back until it passes, whatever the agent says of itself", async () => {
    const directory = home.example("test-fix-loop");
    const rules = [
      { asked: "exits with 3 in this directory. The end of what it says:\n\nfixed is missing", says: "Done." },
      { asked: "fixed is missing", does: "touch fixed", says: "Now it is." },
    ];
    expect(await home.ran(directory, "test-fix-loop", rules, ...check)).toBe(0);
    expect(askedIn(directory)).toHaveLength(2);
    expect(await home.logs("report")).toBe("tests: exit code 3, repair: completed\n");
  });

  it("has nothing to do where the check passes", async () => {
    const directory = home.example("test-fix-loop");
    expect(await home.ran(directory, "test-fix-loop", [], "-p", "check=true")).toBe(0);
    expect(askedIn(directory)).toEqual([]);
    expect(await home.logs("report")).toBe("tests: exit code 0, repair: skipped\n");
  });

  it("fails where no agent could repair it", async () => {
    const directory = home.example("test-fix-loop");
    expect(await home.ran(directory, "test-fix-loop", [{ asked: "", says: "Done." }], ...check)).toBe(1);
    // Its prompt, and three times what the check said.
    expect(askedIn(directory)).toHaveLength(4);
    expect(await home.logs("report")).toBe("tests: exit code 3, repair: failed\n");
  });
});
