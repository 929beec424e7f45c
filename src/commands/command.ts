import type { GenericSchema, InferOutput } from "valibot";
import type { DaemonContext } from "../supervisor/daemon-context.ts";
import type { CommandLineContext } from "./command-line-context.ts";

/**
 * How a flag's value is read; its key in `Flags` is its name as typed, without the dashes.
 * `duration` answers integer milliseconds; a bare number counts `unit`s. `csv` takes words
 * between commas and may be given several times, `list` takes one value each time.
 */
export type Flag = { readonly summary: string; readonly short?: string; readonly placeholder?: string } & (
  | { readonly kind: "boolean" | "string" | "list" | "csv" }
  /** `isSigned`: may be below zero; `isAboveZero`: the command refuses zero. */
  | { readonly kind: "integer"; readonly isSigned?: true; readonly isAboveZero?: true }
  | { readonly kind: "number"; readonly isAboveZero?: true }
  | { readonly kind: "duration"; readonly unit: "ms" | "s" | "d" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
);
export type Flags = Readonly<Record<string, Flag>>;

/** What was not given is undefined (booleans: false, lists: empty). */
export type FlagValue<F extends Flag> = F extends { kind: "boolean" }
  ? boolean
  : F extends { kind: "integer" | "number" | "duration" }
    ? number | undefined
    : F extends { kind: "list" | "csv" }
      ? readonly string[]
      : string | undefined;
export type FlagValues<Fs extends Flags> = { readonly [Name in keyof Fs]: FlagValue<Fs[Name]> };

export interface Positionals {
  /** As help shows it: `ID…`, `[ID…]`, `COMMAND…`. */
  readonly usage: string;
  readonly summary: string;
  readonly least: number;
  readonly most: number;
  /** Flags end at the first positional, as with `env` and `nice` (only `run`). */
  readonly endsFlags?: boolean;
}

export interface ParsedArguments<Fs extends Flags> {
  readonly flags: FlagValues<Fs>;
  readonly positionals: readonly string[];
  /** Whether `--` stood before the positionals. */
  readonly afterDashes: boolean;
}

/** The command's side of a terminal. */
export interface CommandLine<Fs extends Flags> {
  readonly flags: Fs;
  readonly positionals?: Positionals;
  /** Shown under the usage line of `--help`: longer words, then examples. */
  readonly description?: string;
  readonly examples?: readonly (readonly [commandLine: string, says: string])[];
  /** Whether `connect` starts a daemon where none runs. */
  readonly needs: "autostart" | "nothing";
  /** Does it and answers the exit code. Data goes to stdout, talk to stderr, through `context`. */
  run(context: CommandLineContext, args: ParsedArguments<Fs>): Promise<number>;
}

/** What a running request may use of its connection. */
export interface Call {
  /** Aborted when the client goes away or cancels. */
  readonly signal: AbortSignal;
  /** Whether the request bears an id, so that the connection stays. */
  readonly keepsConnection: boolean;
  /**
   * Sends one event of a stream; resolves once the client has room for the next. Wrapped in
   * `{"id","event"}` on a connection with ids, a plain line of NDJSON otherwise.
   */
  emit(event: unknown): Promise<void>;
  /** Facts that stand beside `ok` in the reply to a request that bears an id; without one they are not told. */
  tellBeside(facts: Readonly<Record<string, unknown>>): void;
}

/** Answer of a stream on a connection without ids: the server closes without a reply line. */
export const noReply: unique symbol = Symbol("no reply");

/** The command's side of the daemon. */
export interface WireCommand<Schema extends GenericSchema> {
  /** Checks and completes `args`; unknown keys are left alone, as older and newer clients meet. */
  readonly params: Schema;
  run(daemon: DaemonContext, params: InferOutput<Schema>, call: Call): unknown;
}

export const groups = ["Missions", "Agents", "Output", "Blueprints", "Daemon", "Set-up"] as const;
export type Group = (typeof groups)[number];

/** Everything about one verb. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** Under which heading `overmind --help` lists it; without a command line: none. */
  readonly group?: Group;
  // biome-ignore lint/suspicious/noExplicitAny: a registry of differently typed commands
  readonly commandLine?: CommandLine<any>;
  // biome-ignore lint/suspicious/noExplicitAny: a registry of differently typed commands
  readonly wire?: WireCommand<any>;
}

/** Ties a command's flags to the arguments its `run` gets. */
export function commandLine<const Fs extends Flags>(side: CommandLine<Fs>): CommandLine<Fs> {
  return side;
}

/** Ties a command's schema to the parameters its `run` gets. */
export function wire<const Schema extends GenericSchema>(side: WireCommand<Schema>): WireCommand<Schema> {
  return side;
}
