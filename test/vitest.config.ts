import { randomBytes } from "node:crypto";
import { defineConfig } from "vitest/config";
import { Sequence } from "./sequence.ts";

// Every process and directory the suite makes carries this word, so that whatever is left can be found.
process.env["OVERMIND_TEST_RUN"] ??= randomBytes(3).toString("hex");

const project = (name: string, testTimeout: number, more: { globalSetup?: string[]; isolate?: boolean } = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout, ...more },
});

export default defineConfig({
  test: {
    pool: "forks",
    // Many tests wait for a time that has to pass; with four at once two cores are busy nevertheless.
    maxWorkers: 4,
    fileParallelism: true,
    sequence: { sequencer: Sequence },
    // Real agents compute for seconds before they talk; more of them at once would only make each slower.
    maxConcurrency: 3,
    projects: [
      // Pure rules share a process: loading everything anew for each file took a third of their time.
      project("unit", 20_000, { isolate: false }),
      project("integration", 60_000, { globalSetup: ["scripts/fault-daemon.mjs"] }),
      project("e2e", 180_000),
    ],
  },
});
