import { describe, expect, it } from "vitest";
import { readSources } from "./sources.ts";

const sources = readSources();

describe("the files of src", () => {
  // One table with its drawing, which would only be harder to see in pieces.
  const tables: Readonly<Record<string, number>> = { "mission/machine.ts": 340 };

  it("have at most 300 lines", () => {
    expect(
      sources.filter((source) => source.lines > (tables[source.path] ?? 300)).map((source) => `${source.path}: ${source.lines}`),
    ).toEqual([]);
  });

  it("are named in kebab-case, and for what they do", () => {
    const vague = /(^|\/|-)(utils?|helpers?|manager|handler|service|common|misc)(-|\.|\/)|(^|\/)types\./;
    // The verb of the command line is called so.
    const paths = sources.map((source) => source.path).filter((path) => path !== "commands/service.ts");
    expect(paths.filter((path) => !/^[a-z0-9./-]+$/.test(path) || vague.test(path))).toEqual([]);
  });
});
