const added = ["OVERMIND_HOME", "OVERMIND_MISSION_ID", "OVERMIND_MISSION_NAME", "OVERMIND_ATTEMPT", "PWD"];

// An agent must not take itself for a part of the caller's Claude Code, nor reach the caller's tmux server.
const removed = new Set([...added, "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "TMUX", "TMUX_PANE"]);

export interface EnvironmentSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Entries that are no UTF-8, base64 of `NAME=value`; they stand over `env`. */
  readonly envBytes: readonly string[];
  readonly home: string;
  readonly id: string;
  readonly name: string;
}

/**
 * A mission's environment as it is kept: `NAME=value` entries, each ended by a NUL, byte for byte
 * what the caller had, without what a mission must not see and with what tells it who it is. The
 * attempt's number and PWD are added at each start.
 */
export function environmentBytes({ env, envBytes, home, id, name }: EnvironmentSource): Buffer {
  const raw = envBytes.map((entry) => Buffer.from(entry, "base64")).filter((entry) => entry.includes(61) && !entry.includes(0));
  const rawNames = new Set(raw.map(nameOf));
  const own = { OVERMIND_HOME: home, OVERMIND_MISSION_ID: id, OVERMIND_MISSION_NAME: name };
  const entries = [
    ...Object.entries(own),
    ...Object.entries(env).filter(([key, value]) => isEntry(key, value) && !removed.has(key) && !rawNames.has(key)),
  ];
  const text = Buffer.from(entries.map(([key, value]) => `${key}=${value}\0`).join(""));
  const nul = Buffer.from([0]);
  return Buffer.concat([text, ...raw.filter((entry) => !removed.has(nameOf(entry))).flatMap((entry) => [entry, nul])]);
}

// What no process can have (execve(2)) must not become a second entry here.
const isEntry = (key: string, value: string | undefined): boolean =>
  value !== undefined && key !== "" && !/[=\0]/.test(key) && !value.includes("\0");

const nameOf = (entry: Buffer): string => entry.subarray(0, entry.indexOf(61)).toString("latin1");
