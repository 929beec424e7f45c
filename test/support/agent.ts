import { resolve } from "node:path";

const path = resolve(import.meta.dirname, "../agents/mock-agent.pl");
let counter = 0;

/** A word that no other process of this machine has in its command line. */
export function uniqueTag(): string {
  counter += 1;
  return `tag-${process.pid}-${counter}-${Math.random().toString(36).slice(2, 8)}`;
}

/** The argv of the scripted agent; see test/agents/mock-agent.pl for its flags. */
export function agent(...flags: readonly (string | number)[]): string[] {
  return ["perl", path, ...flags.map(String)];
}

/** The same as a shell command line. */
export function agentLine(...flags: readonly (string | number)[]): string {
  return agent(...flags)
    .map((word) => `'${word}'`)
    .join(" ");
}
