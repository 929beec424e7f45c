import { relative, sep } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// Begun late, each of these would go on alone when all others are done. Some wait and some compute.
const longest = [
  "e2e/chaos",
  "e2e/daemon-death",
  "e2e/real-agents/opencode",
  "integration/missions/fault-points",
  "integration/limits/clock",
  "e2e/real-agents/gemini",
  "integration/limits/clock-of-teams",
  "integration/agents/messages",
  "integration/agents/ending",
  "integration/tree/group",
];

/**
 * The order of the test files: the longest first, then those that mostly compute (e2e) among those that mostly wait
 * (integration), so that neither the processors nor the places stay empty, and what is quick (unit) in the end.
 */
export class Sequence extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = new Map(sorted.map((file) => [file, this.#rank(file, sorted)]));
    return sorted.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  }

  /** Below 0 for the longest, from 0 to 1 for the place among those of its project, 1 to 2 for unit tests. */
  #rank(file: TestSpecification, sorted: readonly TestSpecification[]): number {
    const place = longest.indexOf(this.#name(file));
    if (place >= 0) return place - longest.length;
    const fellows = sorted.filter(({ project }) => project === file.project);
    return fellows.indexOf(file) / fellows.length + (file.project.name === "unit" ? 1 : 0);
  }

  #name({ moduleId }: TestSpecification): string {
    const path = relative(import.meta.dirname, moduleId);
    return path
      .split(sep)
      .join("/")
      .replace(/\.test\.ts$/, "");
  }
}
