import { signalNamed } from "./attempt-files.ts";
import type { ProcessIdentity } from "./identity.ts";

/** What a shim or the zygote tells of one attempt. */
export type ShimFact =
  | { readonly type: "started"; readonly shim: ProcessIdentity; readonly agent: ProcessIdentity }
  | { readonly type: "spawn_error"; readonly endedAt: number; readonly code: number; readonly message: string }
  | {
      readonly type: "exited";
      readonly code: number;
      readonly signal: string | null;
      readonly endedAt: number;
      readonly isClean: boolean;
    }
  /** Nothing that descends from the agent is left; the shim goes. */
  | { readonly type: "empty" }
  /** The shim itself was ended by a signal, or its child before it could claim the attempt. */
  | { readonly type: "shim_died" };

export interface AddressedFact {
  readonly mission: string;
  readonly attempt: number;
  readonly fact: ShimFact;
}

/** Reads one line of the facts FIFO or of the zygote. Null for a line of another kind, or a torn one. */
export function parseFact(line: string, now: number): AddressedFact | null {
  const [verb, mission, attempt, ...words] = line.split(" ");
  if (mission === undefined || !/^[1-9]\d{0,8}$/.test(attempt ?? "")) return null;
  const fact = parseWords(verb, words, now);
  return fact === null ? null : { mission, attempt: Number(attempt), fact };
}

function parseWords(verb: string | undefined, words: readonly string[], now: number): ShimFact | null {
  const [first = "", second = "", third = "", fourth = ""] = words;
  switch (verb) {
    case "started":
      return isNumber(first) && isNumber(third)
        ? { type: "started", shim: { pid: Number(first), start: second }, agent: { pid: Number(third), start: fourth } }
        : null;
    case "spawn_error":
      return isNumber(first) && isNumber(second)
        ? { type: "spawn_error", endedAt: Number(first), code: Number(second), message: words.slice(2).join(" ") }
        : null;
    case "exited":
      return isNumber(first) && isNumber(third)
        ? {
            type: "exited",
            code: Number(first),
            signal: signalNamed(second),
            endedAt: Number(third),
            isClean: fourth === "clean",
          }
        : null;
    case "unforked":
      return { type: "spawn_error", endedAt: now, code: 126, message: `fork: ${words.join(" ")}` };
    case "empty":
      return { type: "empty" };
    case "died":
      return { type: "shim_died" };
    default:
      return null;
  }
}

// More digits than that are no whole number any more, which no row could hold.
const isNumber = (text: string): boolean => /^\d{1,15}$/.test(text);
