import * as v from "valibot";
import { missionTypes, type Status, statuses } from "../protocol/mission.ts";

/** Fields that the parameters of several commands share. */
export const reference = v.pipe(v.string("must be a mission's id or name"), v.nonEmpty("must be a mission's id or name"));
export const references = v.pipe(v.array(reference, "must be a list of ids or names"), v.minLength(1, "must name a mission"));

export const count = v.pipe(
  v.number("must be a whole number"),
  v.integer("must be a whole number"),
  v.minValue(0, "must not be negative"),
);

export const flag = v.optional(v.boolean("must be true or false"), false);

/** A list of statuses, or one text with commas between them. */
export const statusList = v.pipe(
  v.union([v.string(), v.array(v.string())], "must be a list of statuses"),
  v.transform((value) => (typeof value === "string" ? value.split(",").map((word) => word.trim()) : value)),
  v.check((words) => words.every((word) => (statuses as readonly string[]).includes(word)), `must be of ${statuses.join(", ")}`),
  v.transform((words) => words as Status[]),
);

// To `record` a list is an object, whose names are numbers.
const noList = (message: string) =>
  v.custom<Readonly<Record<string, unknown>>>(
    (given) => typeof given === "object" && given !== null && !Array.isArray(given),
    message,
  );

/** An object of anything. */
export const table = v.pipe(noList("must be an object"), v.record(v.string(), v.unknown()));

/** An object of texts: an environment, labels. */
export const texts = v.pipe(noList("must be an object of texts"), v.record(v.string(), v.string("must be text")));

const labelName = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,62}$/;
export const labels = v.pipe(
  texts,
  v.check(
    (given) => Object.keys(given).every((name) => labelName.test(name)),
    "names take letters, digits and _./-, at most 63 characters",
  ),
);

const pair = v.pipe(v.string(), v.regex(/^[^=]+=/));

/** Labels that are looked for: as an object, as `K=V`, or as a list of these. */
export const labelFilter = v.union(
  [
    v.pipe(
      v.union([pair, v.array(pair)]),
      v.transform((given) => Object.fromEntries([given].flat().map((word) => word.split(/=(.*)/s, 2)) as [string, string][])),
    ),
    labels,
  ],
  "must be K=V, a list of K=V, or an object of texts",
);

/** Epoch milliseconds, or a time that `Date` can read; answers epoch milliseconds. */
export const time = v.pipe(
  v.union([v.number(), v.string()], "must be epoch milliseconds or an ISO 8601 time"),
  v.transform((value) => (typeof value === "number" ? value : Date.parse(value))),
  v.check((ms) => Number.isFinite(ms), "must be epoch milliseconds or an ISO 8601 time"),
);

export const runnableType = v.pipe(
  v.string("invalid_type"),
  v.check((type) => (missionTypes.slice(0, 2) as readonly string[]).includes(type), "invalid_type"),
  v.transform((type) => type as "task" | "session"),
);
