/**
 * What a value of the format may be. One description serves the check with its messages, the
 * TypeScript type of the checked value, and the JSON Schema for editors.
 */
export type Shape =
  | { readonly is: "text"; readonly pattern?: RegExp; readonly wants?: string }
  | { readonly is: "flag" }
  | { readonly is: "whole" | "number"; readonly least?: number; readonly most?: number }
  /** A number of `unit`s, or text such as "5m". */
  | { readonly is: "duration"; readonly unit: "ms" | "s" }
  | { readonly is: "choice"; readonly of: readonly string[] }
  | { readonly is: "list"; readonly of: Shape; readonly least?: number; readonly most?: number }
  /** Names that the author chooses. */
  | { readonly is: "map"; readonly of: Shape; readonly names: RegExp; readonly wants: string }
  | { readonly is: "table"; readonly keys: Keys }
  /** At most one alternative for each kind of TOML value. */
  | { readonly is: "either"; readonly of: readonly Shape[] }
  | { readonly is: "any" };

export interface Key {
  readonly shape: Shape;
  /** One line for the person who hovers over it. */
  readonly says: string;
}
export type Keys = Readonly<Record<string, Key>>;

/** The type of a value that has been checked against a shape. */
export type ValueOf<S extends Shape> = S extends { is: "text" }
  ? string
  : S extends { is: "flag" }
    ? boolean
    : S extends { is: "whole" | "number" }
      ? number
      : S extends { is: "duration" }
        ? number | string
        : S extends { is: "choice"; of: readonly (infer Word)[] }
          ? Word
          : S extends { is: "list"; of: infer Item extends Shape }
            ? readonly ValueOf<Item>[]
            : S extends { is: "map"; of: infer Item extends Shape }
              ? Readonly<Record<string, ValueOf<Item>>>
              : S extends { is: "table"; keys: infer Ks extends Keys }
                ? { readonly [Name in keyof Ks]?: ValueOf<Ks[Name]["shape"]> }
                : S extends { is: "either"; of: readonly (infer One extends Shape)[] }
                  ? ValueOf<One>
                  : unknown;

/** A shape in words, to stand behind "takes". */
export function shapeInWords(shape: Shape): string {
  switch (shape.is) {
    case "text":
      return shape.wants ?? "text";
    case "flag":
      return "true or false";
    case "whole":
      return `a whole number${rangeInWords(shape)}`;
    case "number":
      return `a number${rangeInWords(shape)}`;
    case "duration":
      return `a number of ${shape.unit === "s" ? "seconds" : "milliseconds"} or text such as "5m"`;
    case "choice":
      return alternatives(shape.of);
    case "list":
      return shape.of.is === "any" ? "a list" : `a list, each ${shapeInWords(shape.of)}`;
    case "map":
    case "table":
      return "a table";
    case "either":
      return alternatives(shape.of.map(shapeInWords));
    case "any":
      return "a value";
  }
}

function rangeInWords({ least, most }: { readonly least?: number; readonly most?: number }): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  return least === undefined ? "" : ` of at least ${least}`;
}

const alternatives = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
