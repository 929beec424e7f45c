import { type Home, overmindPath } from "../../support/home.ts";
import { Spawned } from "../../support/spawned.ts";

/** Starts `overmind <line>` on a pseudo-terminal; what is written to its stdin is typed. */
export function onTerminal(home: Home, line: string, { columns = 97, rows = 31, env = {} as NodeJS.ProcessEnv } = {}): Spawned {
  const command = `stty cols ${columns} rows ${rows}; '${overmindPath}' ${line}; echo "code:$?"`;
  const around = { ...home.env, TERM: "xterm-256color", SHELL: "/bin/bash", TMUX: undefined, TMUX_PANE: undefined, ...env };
  return new Spawned("script", ["-qfc", command, "/dev/null"], { env: around, openInput: true });
}

export const ctrlB = "\u0002";
export const ctrlC = "\u0003";
export const ctrlD = "\u0004";
