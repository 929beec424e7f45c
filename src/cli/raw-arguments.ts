import { parseDuration } from "../base/durations.ts";
import type { CommandLine, Flag, Flags, FlagValues, ParsedArguments } from "../commands/command.ts";
import { UsageError } from "../commands/usage-error.ts";

export type RawValue = boolean | string | readonly string[] | undefined;

/** What a reader makes of the words before their values are read; both readers answer this. */
export interface RawArguments {
  readonly values: Readonly<Record<string, RawValue>>;
  readonly positionals: readonly string[];
  readonly afterDashes: boolean;
}

/** Flags that every command takes. */
export const globalFlags = {
  help: { kind: "boolean", short: "h", summary: "show this" },
  "no-autostart": { kind: "boolean", summary: "do not start the daemon when it is not running" },
} as const satisfies Flags;

/**
 * Reads flag values and counts the words.
 *
 * @throws UsageError
 */
export function toArguments(side: CommandLine<Flags>, raw: RawArguments): ParsedArguments<Flags> {
  const flags = Object.entries(side.flags).map(([name, flag]) => [name, readValue(flag, raw.values[name], name)] as const);
  checkCount(side, raw.positionals.length);
  return { flags: Object.fromEntries(flags) as FlagValues<Flags>, positionals: raw.positionals, afterDashes: raw.afterDashes };
}

function readValue(flag: Flag, raw: RawValue, name: string): boolean | string | number | readonly string[] | undefined {
  const field = `--${name}`;
  if (flag.kind === "boolean") return raw === true;
  if (flag.kind === "list") return listOf(raw);
  if (flag.kind === "csv")
    return listOf(raw).flatMap((text) =>
      text
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== ""),
    );
  if (typeof raw !== "string") return undefined;
  if (flag.kind === "integer") return wholeNumber(raw, field, flag);
  if (flag.kind === "number") return anyNumber(raw, field, flag);
  if (flag.kind === "duration") return duration(raw, flag.unit, field);
  if (flag.kind === "choice" && !flag.choices.includes(raw))
    throw new UsageError(
      `${field} takes ${flag.placeholder === undefined ? flag.choices.join(", ") : flag.summary}, not '${raw}'`,
    );
  return raw;
}

const listOf = (raw: RawValue): readonly string[] => (typeof raw === "object" ? raw : typeof raw === "string" ? [raw] : []);

type Bounds = { readonly isSigned?: true; readonly isAboveZero?: true };

const least = ({ isSigned, isAboveZero }: Bounds): string => (isSigned ? "" : isAboveZero ? " above 0" : " of at least 0");

function wholeNumber(text: string, field: string, bounds: Bounds): number {
  if (!(bounds.isSigned ? /^[+-]?\d{1,15}$/ : /^\d{1,15}$/).test(text))
    throw new UsageError(`${field} takes a whole number${least(bounds)}, not '${text}'`);
  return Number(text);
}

function anyNumber(text: string, field: string, bounds: Bounds): number {
  if (!/^\d*\.?\d+$/.test(text)) throw new UsageError(`${field} takes a number${least(bounds)}, not '${text}'`);
  return Number(text);
}

function duration(text: string, unit: "ms" | "s" | "d", field: string): number {
  try {
    return parseDuration(text, unit, field);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function checkCount({ positionals }: CommandLine<Flags>, count: number): void {
  const { least = 0, most = 0, usage = "" } = positionals ?? {};
  if (count < least) throw new UsageError(`${usage} is missing`);
  if (count > most) throw new UsageError(most === 0 ? "takes no words besides flags" : `takes ${usage}, not more`);
}
