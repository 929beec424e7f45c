import { isAbsolute } from "node:path";
import * as v from "valibot";
import { table } from "../wire-fields.ts";

/** The `path` of a blueprint on the wire. */
export const blueprintPath = v.pipe(
  v.string("must be the path of a blueprint"),
  v.check((path) => isAbsolute(path), "must be an absolute path"),
);

export const paramValues = v.optional(table, {});
