import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { checkShape } from "./check-shape.ts";
import { type BlueprintFiles, isWithin } from "./files.ts";
import { fitCheck } from "./fit-check.ts";
import { fileShape, type RawFile } from "./format.ts";
import { Gaps } from "./gaps.ts";
import { blueprintInvalid, Problems } from "./problems.ts";
import { type Path, Source } from "./source.ts";

/** One file of a blueprint whose shape has been checked. */
export interface LoadedFile {
  /** Absolute. */
  readonly path: string;
  readonly source: Source;
  readonly raw: RawFile;
}

const deepestInclude = 8;
const mostFiles = 64;

/** The files of a blueprint as far as they could be understood. */
export interface Loaded {
  /** The file that was asked for is the first. */
  readonly files: readonly LoadedFile[];
  readonly problems: Problems;
  readonly gaps: Gaps;
}

/**
 * Reads a blueprint and what it includes. Every path in them that Overmind itself would follow
 * stays below the root.
 *
 * @param shown the path as messages show it
 * @throws OvermindError blueprint_invalid where nothing of the file that was asked for can be read
 */
export function loadFiles(path: string, shown: string, files: BlueprintFiles): Loaded {
  const loader = new Loader(files, files.rootOf(path));
  loader.load(path, shown, []);
  if (loader.files.length === 0) loader.problems.throwIfAny();
  return loader;
}

class Loader implements Loaded {
  readonly files: LoadedFile[] = [];
  readonly problems = new Problems();
  readonly gaps = new Gaps();
  readonly #disk: BlueprintFiles;
  readonly #root: string;

  constructor(disk: BlueprintFiles, root: string) {
    this.#disk = disk;
    this.#root = root;
  }

  load(path: string, shown: string, way: readonly LoadedFile[]): void {
    const file = this.#file(path, shown);
    if (file === undefined) return;
    this.files.push(file);
    if (way.length > 0 && file.raw.blueprint !== undefined)
      this.#report(file, "[blueprint] stands only in the file that is applied", ["blueprint"]);
    this.#checkPaths(file);
    this.#include(file, [...way, file]);
  }

  #file(path: string, shown: string): LoadedFile | undefined {
    try {
      const source = new Source(shown, this.#read(path, shown));
      const raw = source.parse();
      const wrong: Path[] = [];
      checkShape(raw, fileShape, (message, at) => {
        this.problems.add(source.problem(message, at));
        wrong.push(at);
      });
      return { path, source, raw: wrong.length === 0 ? (raw as RawFile) : this.gaps.without(raw, wrong) };
    } catch (error) {
      this.problems.addThrown(error);
      this.gaps.addFile();
      return undefined;
    }
  }

  #read(path: string, shown: string): string {
    try {
      return this.#disk.read(path);
    } catch (error) {
      throw blueprintInvalid([{ message: `cannot be read: ${(error as Error).message}`, file: shown, line: 1, column: 1 }]);
    }
  }

  #include(file: LoadedFile, way: readonly LoadedFile[]): void {
    const { include } = file.raw;
    for (const [index, written] of listOf(include).entries()) {
      const at = typeof include === "string" ? ["include"] : ["include", index];
      const path = this.#confined(file, written, "include", at);
      if (path === undefined || !this.#follow(file, path, written, at, way)) this.gaps.addFile();
    }
  }

  /** Whether what stands in the file belongs to the blueprint now. */
  #follow(file: LoadedFile, path: string, written: string, at: Path, way: readonly LoadedFile[]): boolean {
    const ring = way.findIndex((one) => this.#real(one.path) === path);
    if (ring >= 0) {
      const names = [...way.slice(ring), way[ring]].map((one) => one?.source.file);
      this.#report(file, `include loop: ${names.join(" -> ")}`, at);
    } else if (way.length > deepestInclude) {
      this.#report(file, `includes stand deeper than ${deepestInclude} in each other`, at);
      return false;
    } else if (this.files.length >= mostFiles) {
      this.#report(file, `the blueprint has more than ${mostFiles} files`, at);
      return false;
    } else if (!this.files.some((one) => this.#real(one.path) === path))
      this.load(path, isAbsolute(written) ? written : join(dirname(file.source.file), written), way);
    return true;
  }

  /** The real path of an existing file within the root; otherwise reports why not. */
  #confined(file: LoadedFile, written: string, key: string, at: Path): string | undefined {
    const path = resolve(dirname(this.#real(file.path)), written);
    const real = isWithin(path, this.#root) ? this.#disk.realPath(path) : path;
    if (real === null) this.#report(file, `\`${key}\`: there is no file ${normalize(written)}`, at);
    else if (isWithin(real, this.#root)) return real;
    else
      this.#report(
        file,
        `\`${key}\` leads out of the repository ${this.#root}: ${written}${real === path ? "" : ` is ${real}`}`,
        at,
      );
    return undefined;
  }

  #checkPaths(file: LoadedFile): void {
    const { defaults, agents = {} } = file.raw;
    this.#checkTable(file, defaults ?? {}, ["defaults"]);
    for (const [name, agent] of Object.entries(agents)) this.#checkTable(file, agent, ["agents", name]);
  }

  #checkTable(
    file: LoadedFile,
    table: {
      readonly cwd?: string;
      readonly env_file?: string | readonly string[];
      readonly schema?: string;
      readonly mcp_config?: string;
    },
    at: Path,
  ): void {
    for (const written of listOf(table.env_file)) this.#confined(file, written, "env_file", [...at, "env_file"]);
    if (table.schema !== undefined) this.#checkSchema(file, table.schema, [...at, "schema"]);
    if (table.cwd !== undefined) this.#checkPlace(file, table.cwd, "cwd", [...at, "cwd"]);
    if (table.mcp_config !== undefined) this.#checkPlace(file, table.mcp_config, "mcp_config", [...at, "mcp_config"]);
  }

  #checkSchema(file: LoadedFile, written: string, at: Path): void {
    const path = this.#confined(file, written, "schema", at);
    if (path === undefined) return;
    const wrong = (what: string, error: unknown) =>
      this.#report(file, `\`schema\`: ${normalize(written)} is no ${what}: ${(error as Error).message}`, at);
    let schema: unknown;
    try {
      schema = JSON.parse(this.#disk.read(path));
    } catch (error) {
      wrong("JSON", error);
      return;
    }
    try {
      fitCheck(schema);
    } catch (error) {
      wrong("JSON Schema", error);
    }
  }

  /** It may be made by an earlier agent, and an absolute one is said on purpose. */
  #checkPlace(file: LoadedFile, written: string, key: string, at: Path): void {
    if (isAbsolute(written)) return;
    const path = resolve(dirname(this.#real(file.path)), written);
    const real = this.#disk.realPath(path) ?? path;
    if (!isWithin(path, this.#root) || !isWithin(real, this.#root))
      this.#report(
        file,
        `\`${key}\` leads out of the repository ${this.#root}: ${written}${real === path ? "" : ` is ${real}`}`,
        at,
      );
  }

  #real(path: string): string {
    return this.#disk.realPath(path) ?? path;
  }

  #report(file: LoadedFile, message: string, at: Path): void {
    this.problems.add(file.source.problem(message, at));
  }
}

/** A text or a list of texts as a list. */
export const listOf = (given: string | readonly string[] | undefined): readonly string[] =>
  given === undefined ? [] : typeof given === "string" ? [given] : given;
