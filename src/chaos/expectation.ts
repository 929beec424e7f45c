/** What one mission of the load has to come to, unless a fault hit it. */
export interface Expectation {
  readonly name: string;
  readonly kind: "task" | "crasher" | "leaver" | "parent" | "child" | "pooled" | "session" | "pipeline";
  /** Null while the answer of `run` has not come; with the daemon killed under it, it may never. */
  id: string | null;
  /** Lines that each attempt prints, 1, 2, 3 … */
  readonly lines: number;
  readonly exitCode: number;
  /** How often it starts. */
  readonly attempts: number;
  /** A fault hit its own processes, so that its end is no longer foretold. */
  isHurt: boolean;
  /** Messages that were confirmed to be with the session, and those of which nobody knows. */
  readonly sent: string[];
  readonly unsure: string[];
}

export const expect = (name: string, kind: Expectation["kind"], facts: Partial<Expectation> = {}): Expectation => ({
  name,
  kind,
  id: null,
  lines: 0,
  exitCode: 0,
  attempts: 1,
  isHurt: false,
  sent: [],
  unsure: [],
  ...facts,
});
