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

/** Gathers problems, so that all are told at once; the hundredth is the last that is looked for. */
export class Problems {
  readonly #found: Problem[] = [];

  add(problem: Problem): void {
    this.#found.push(problem);
    if (this.#found.length >= mostProblems) this.throwIfAny();
  }

  /** Those that an error of `blueprintInvalid` carries; any other is thrown on. */
  addThrown(error: unknown): void {
    const problems = problemsOf(error);
    // Thrown here it holds what was found before, too.
    if (problems.length === 0 || this.#found.length >= mostProblems) throw error;
    for (const problem of problems) this.add(problem);
  }

  /** @throws OvermindError blueprint_invalid; the problems stand in the order of their files and lines */
  throwIfAny(): void {
    if (this.#found.length > 0) throw blueprintInvalid(inOrder(this.#found));
  }
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  return problems.toSorted(
    (left, right) => files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line || left.column - right.column,
  );
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
