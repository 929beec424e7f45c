import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDirectory, Home } from "../../support/home.ts";

export interface AgentMission {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly reason: string | null;
  readonly os_pid: number | null;
}

/** A home in which blueprints are applied, each from a directory of its own. */
export class PipelineHome extends Home {
  readonly #root = freshDirectory();

  /** A directory that holds a blueprint. */
  written(text: string, file = "overmind.toml"): string {
    const directory = mkdtempSync(join(this.#root, "b"));
    writeFileSync(join(directory, file), text);
    return directory;
  }

  rewrite(directory: string, text: string): void {
    writeFileSync(join(directory, "overmind.toml"), text);
  }

  /** `overmind <args>` in a directory; throws where it refuses. */
  async ok(directory: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, { cwd: directory });
    if (code !== 0) throw new Error(`overmind ${args.join(" ")} exited with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Applies the blueprint of a directory and answers the pipeline's id. */
  async apply(directory: string, ...flags: readonly string[]): Promise<string> {
    return JSON.parse(await this.ok(directory, "apply", "--json", ...flags)).id;
  }

  /** The missions of a pipeline, in the order they were made. */
  async agents(id: string): Promise<AgentMission[]> {
    const { children } = await this.info(id);
    return Promise.all((children as string[]).map((child) => this.info(child)));
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** The lines that agents appended to a file of a directory; none while it is not there. */
export function linesIn(directory: string, file = "marks"): string[] {
  const path = join(directory, file);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
