import { nearestWord } from "../base/nearest-word.ts";
import { type Kind, Mistake } from "./kinds.ts";

/** A mistake of which the key is known. */
export class KeyError extends Error {
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** Reads one value and says of a mistake which key it was. */
export function readKey<Value>(path: string, kind: Kind<Value>, raw: unknown): Value {
  try {
    return kind.read(raw);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    throw new KeyError(path, `\`${path}${error.where}\`: ${error.message}`);
  }
}

/** The error for a key that is none, with the word that was probably meant. */
export function unknownKey(path: string, known: readonly string[]): KeyError {
  const at = path.lastIndexOf(".") + 1;
  const meant = nearestWord(path.slice(at), known);
  return new KeyError(
    path,
    `unknown key \`${path}\`${meant === undefined ? "" : `: did you mean \`${path.slice(0, at)}${meant}\`?`}`,
  );
}
