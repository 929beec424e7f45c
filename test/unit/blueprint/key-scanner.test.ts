import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, it } from "vitest";
import { pathOf, scanKeys } from "../../../src/blueprint/key-scanner.ts";

const places = (text: string) => Object.fromEntries(scanKeys(text).map(({ path, at }) => [path.replaceAll("\0", "/"), at]));

describe("the key scanner", () => {
  it("finds keys in headers, dotted keys, inline tables, lists and arrays of tables", () => {
    const text = 'a.b = 1\n[t."x y"]\nk = { l = [1, { m = 2 }] }\n[[r]]\nn = 1\n[[r]]\nn = 2\n[r.s]\no = 3';
    expect(Object.keys(places(text))).toEqual([
      "a/b",
      "t/x y",
      "t/x y/k",
      "t/x y/k/l",
      "t/x y/k/l/0",
      "t/x y/k/l/1",
      "t/x y/k/l/1/m",
      "r/0",
      "r/0/n",
      "r/1",
      "r/1/n",
      "r/1/s",
      "r/1/s/o",
    ]);
  });

  it("is not led astray by text that looks like keys", () => {
    const text = `a = """\n[no]\nb = 1 \\""" # c = 2\n"""\nd = '''\ne = 1'''\nf = "g = \\"1" # [h]\ni = 'j'`;
    expect(Object.keys(places(text))).toEqual(["a", "d", "f", "i"]);
  });

  it("ends on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."[]{}=\"'\\\n#., ab1"), maxLength: 80 }), (text) => {
        scanKeys(text);
      }),
    );
  });

  it("knows the place of every key that the parser knows", () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9 .-]{0,5}$/);
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
    const table = fc.dictionary(key, fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(key, leaf, { maxKeys: 3 })), {
      maxKeys: 4,
    });
    fc.assert(
      fc.property(table, (made) => {
        const text = stringify(made);
        const found = new Set(scanKeys(text).map(({ path }) => path));
        for (const path of pathsOf(parse(text))) expect(found).toContain(path);
      }),
    );
  });
});

function pathsOf(value: unknown, path: (string | number)[] = []): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = pathsOf(inner, [...path, key]);
    return below.length > 0 ? below : [pathOf([...path, key])];
  });
}
