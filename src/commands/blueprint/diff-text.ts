import { visible } from "../../base/text-width.ts";
import type { BlueprintDiff, KeyChange } from "../../blueprint/diff.ts";

/** An agent of which `apply` changed something, as the wire tells it. */
export interface ChangeView {
  readonly agent: string;
  readonly action: string;
  readonly why: string;
}

/** Differences for a person: each agent on a line with its sign, its changed keys below it. */
export function diffText({ blueprint, agents }: BlueprintDiff): string {
  const head = blueprint.length === 0 ? [] : ["~ [blueprint]", ...blueprint.map(keyLine)];
  const signs = { added: "+", removed: "-", changed: "~" } as const;
  return [...head, ...agents.flatMap(({ agent, change, keys }) => [`${signs[change]} ${agent}`, ...keys.map(keyLine)])].join(
    "\n",
  );
}

/** What `apply` changed in a pipeline that runs, each agent on a line with the reason. */
export const changesText = (changes: readonly ChangeView[]): string =>
  changes.map(({ agent, action, why }) => `  ${agent} ${actions[action] ?? action}: ${visible(why)}`).join("\n");

const actions: Readonly<Record<string, string>> = { again: "runs again" };

function keyLine({ key, old, new: now }: KeyChange): string {
  if (old === null && now === null) return `    ${key} changed`;
  return `    ${key}: ${valueText(old)} -> ${valueText(now)}`;
}

const valueText = (value: unknown): string =>
  value === null ? "(not set)" : typeof value === "string" ? visible(value) : JSON.stringify(value);
