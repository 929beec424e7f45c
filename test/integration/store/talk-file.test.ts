import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lastResult, TalkFile } from "../../../src/supervisor/talk/talk-file.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();

it.each(["error", "error_text"])("reads how a turn ended where a daemon kept its words under `%s`", (key) => {
  const directory = scratch.directory();
  const result = { type: "result", outcome: "failed", is_error: true, text: "", [key]: "no route", turn: 1 };
  writeFileSync(join(directory, "talk"), `${JSON.stringify({ did: "turn", attempt: 1, result, counters: null })}\n`);
  expect(lastResult(directory)).toMatchObject({ outcome: "failed", error_text: "no route" });
  expect(lastResult(directory)).not.toHaveProperty("error");
  expect(new TalkFile(directory).records()).toHaveLength(1);
});
