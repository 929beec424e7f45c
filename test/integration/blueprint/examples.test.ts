import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freshDirectory } from "../../support/home.ts";
import { until } from "../../support/until.ts";
import { PipelineHome } from "./pipeline-home.ts";

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
