import { describe, expect, it } from "vitest";
import { subjectOf } from "../../../../src/supervisor/inbox/subject.ts";

// biome-ignore format: a table
const cases: readonly [tool: string, input: unknown, kind: string, text: string][] = [
  ["Bash", { command: "npm test", description: "tests" }, "command", "npm test"],
  ["commandExecution", { command: "/bin/bash -lc 'npm test'", cwd: "/w" }, "command", "npm test"],
  ["commandExecution", { command: "bash -c 'a; b'" }, "command", "a; b"],
  ["commandExecution", { command: "/bin/bash -lc 'a' ; rm 'b'" }, "command", "/bin/bash -lc 'a' ; rm 'b'"],
  ["commandExecution", { command: "/tmp/bash -lc 'npm test'" }, "command", "/tmp/bash -lc 'npm test'"],
  ["shell", { command: ["git", "push"] }, "command", "git push"],
  ["execute", { title: "make all" }, "command", "make all"],
  ["execute", { title: "make all", other: 1 }, "json", '{"title":"make all","other":1}'],
  ["read", { title: "a.ts" }, "json", '{"title":"a.ts"}'],
  ["Edit", { file_path: "/src/a.ts", new_string: "x" }, "path", "/src/a.ts"],
  ["Edit", { file_path: "/src/../etc/passwd" }, "path", "/etc/passwd"],
  ["Edit", { file_path: "src/../../a" }, "path", "../a"],
  ["NotebookEdit", { notebook_path: "/n.ipynb" }, "path", "/n.ipynb"],
  ["WebFetch", { url: "https://x.org" }, "json", '{"url":"https://x.org"}'],
  ["Odd", null, "json", "null"],
  ["Odd", undefined, "json", "null"],
  ["Odd", "text", "json", '"text"'],
];

describe("what a request is about", () => {
  it.each(cases)("of %s with %j is the %s %j", (tool, input, kind, text) => {
    expect(subjectOf(tool, input)).toEqual({ kind, text });
  });
});
