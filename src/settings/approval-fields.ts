import { KeyError, readKey, unknownKey } from "./key-errors.ts";
import { choice, type Kind, Mistake, oneOrMore, text } from "./kinds.ts";
import type { ApprovalRule } from "./settings.ts";

const longest = 4096;

const glob: Kind<string> = {
  read(raw) {
    const value = text.read(raw);
    if (value.length > longest) throw new Mistake(`a pattern of at most ${longest} characters`, `${value.slice(0, 20)}…`);
    return value;
  },
  show: (value) => value,
};

const label: Kind<string> = {
  read(raw) {
    if (typeof raw !== "string" || !/^[^=]+=/.test(raw)) throw new Mistake('a label such as "team=docs"', raw);
    return raw;
  },
  show: (value) => value,
};

const known = ["tool", "match", "mission", "label", "provider", "answer", "message"];

/** Reads the tables `[[approvals]]`. Throws KeyError. */
export function readApprovals(raw: unknown): readonly ApprovalRule[] {
  if (!Array.isArray(raw)) throw new KeyError("approvals", "`approvals` is a list of tables: write [[approvals]] above each");
  return raw.map((table, index) => readApproval(table, `approvals[${index}]`));
}

function readApproval(raw: unknown, path: string): ApprovalRule {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    throw new KeyError(path, `\`${path}\` is a table with the keys ${known.join(", ")}`);
  const table = raw as Record<string, unknown>;
  for (const key of Object.keys(table)) if (!known.includes(key)) throw unknownKey(`${path}.${key}`, known);
  const missing = ["tool", "answer"].find((key) => table[key] === undefined);
  if (missing !== undefined) throw new KeyError(path, `\`${path}\` lacks \`${missing}\``);
  const read = <Value>(key: string, kind: Kind<Value>) => readKey(`${path}.${key}`, kind, table[key]);
  const ifGiven = <Value, Other>(key: string, kind: Kind<Value>, otherwise: Other) =>
    table[key] === undefined ? otherwise : read(key, kind);
  return {
    tool: read("tool", glob),
    match: ifGiven("match", glob, null),
    mission: ifGiven("mission", glob, null),
    labels: ifGiven("label", oneOrMore(label), []),
    provider: ifGiven("provider", glob, null),
    answer: read("answer", choice(["allow", "deny", "ask"])),
    message: ifGiven("message", text, null),
  };
}

/** A rule in one line, such as `allow Bash(npm test*) mission=web`. */
export function approvalLine({ tool, match, mission, labels, provider, answer, message }: ApprovalRule): string {
  const where = [
    ...(mission === null ? [] : [`mission=${mission}`]),
    ...labels.map((one) => `label=${one}`),
    ...(provider === null ? [] : [`provider=${provider}`]),
  ];
  const what = match === null ? tool : `${tool}(${match})`;
  return [answer, what, ...where, ...(message === null ? [] : [JSON.stringify(message)])].join(" ");
}
