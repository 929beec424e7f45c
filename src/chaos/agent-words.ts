import { agentText } from "./agent.perl.ts";

/** What one agent of the load does. */
export interface AgentFacts {
  readonly lines: number;
  readonly gapMs: number;
  readonly code: number;
  readonly how?: "end" | "echo" | "leave";
}

/** More lines than any run waits for. */
export const endless = 1_000_000;

export const argvOf = (ledger: string, { lines, gapMs, code, how = "end" }: AgentFacts): string[] =>
  ["perl", "-e", agentText, ledger, lines, gapMs, code, how].map(String);

/** A diamond: what comes after has to start after what it depends on has ended. */
export function blueprintText(ledger: string): string {
  const argv = JSON.stringify(argvOf(ledger, { lines: 3, gapMs: 20, code: 0 }));
  const agent = (name: string, after: readonly string[]) =>
    `[agents.${name}]\nargv = ${argv}\ndepends_on = ${JSON.stringify(after)}\n`;
  return [agent("first", []), agent("left", ["first"]), agent("right", ["first"]), agent("last", ["left", "right"])].join("\n");
}
