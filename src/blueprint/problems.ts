import { OvermindError } from "../base/errors.ts";

/** A spot in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Problem extends Place {
  readonly message: string;
}

/** `overmind.toml:4:1: unknown key …`: the form that editors and terminals make clickable. */
export const problemLine = ({ file, line, column, message }: Problem): string => `${file}:${line}:${column}: ${message}`;

const mostProblems = 100;

/** Gathers problems, so that all of a stage are told at once; the hundredth is the last that is looked for. */
export class Problems {
  readonly #found: Problem[] = [];

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  add(problem: Problem): void {
    this.#found.push(problem);
    if (this.#found.length >= mostProblems) this.throwIfAny();
  }

  /** @throws OvermindError blueprint_invalid */
  throwIfAny(): void {
    if (!this.isEmpty) throw blueprintInvalid(this.#found);
  }
}

/** The first problem is the message; all are in `details.problems`. */
export function blueprintInvalid(problems: readonly Problem[]): OvermindError {
  const [first, ...others] = problems;
  const message = first === undefined ? "the blueprint does not hold" : problemLine(first);
  const hint = others.length === 0 ? {} : { hint: `${others.length} more; overmind validate shows all.` };
  return new OvermindError("blueprint_invalid", message, { details: { problems }, ...hint });
}

/** The problems that an error of `blueprintInvalid` carries; none for any other. */
export function problemsOf(error: unknown): readonly Problem[] {
  const isOurs = error instanceof OvermindError && error.code === "blueprint_invalid";
  return isOurs ? ((error.details?.["problems"] as readonly Problem[] | undefined) ?? []) : [];
}
