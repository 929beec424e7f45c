/** A value as `config.toml` could say it; null: nothing is set. */
export type ConfigValue = null | boolean | number | string | readonly ConfigValue[];

/** What is in force, and where it comes from. Keys of `[defaults]` stand as `defaults.grace`. */
export interface ConfigView {
  /** The file, whether it is there or not. */
  readonly path: string;
  /** Whether there is a file. */
  readonly exists: boolean;
  /** Why the file as it stands is not in force; null: it is. */
  readonly config_error: string | null;
  readonly values: Readonly<Record<string, ConfigEntry>>;
}

export interface ConfigEntry {
  readonly value: ConfigValue;
  readonly from: "default" | "file";
  /** Line of the file; null for a default, and where it cannot be told. */
  readonly line: number | null;
}

/** Names of the keys whose values differ. */
export function changedKeys(before: ConfigView, after: ConfigView): string[] {
  return Object.keys(after.values).filter(
    (key) => JSON.stringify(before.values[key]?.value) !== JSON.stringify(after.values[key]?.value),
  );
}

/** One hook, how far it got and what it could not deliver. */
export interface HookView {
  readonly name: string;
  readonly on: readonly string[];
  readonly run: string | readonly string[];
  readonly timeout_seconds: number;
  readonly retries: number;
  /** `idle` has nothing to do, `running` is at work, `waiting` tries again at `retry_at`. */
  readonly state: "idle" | "running" | "waiting";
  /** The last event that is done with. */
  readonly cursor: number;
  /** Events behind the cursor that have yet to be looked at or delivered. */
  readonly lag: number;
  readonly delivered: number;
  /** Failed tries of the delivery under way. */
  readonly tries: number;
  readonly retry_at: string | null;
  readonly last_error: string | null;
  readonly last_error_at: string | null;
  /** Deliveries that were given up, oldest first. */
  readonly dead: readonly DeadDelivery[];
}

export interface DeadDelivery {
  readonly seq: number;
  readonly type: string;
  readonly mission: string | null;
  readonly tries: number;
  readonly last_error: string;
  readonly time: string;
}
