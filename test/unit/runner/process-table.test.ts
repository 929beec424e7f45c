import { describe, expect, it } from "vitest";
import { parseMarkers, parsePs } from "../../../src/runner/process-table.ts";

describe("reading ps", () => {
  it("reads the columns of Linux and of macOS", () => {
    const text = [
      "      1       0       1       1 Ss   Fri Nov 21 12:27:13 2026 /sbin/init --quiet",
      "  501     1   501      0 Ss   Fri Nov  6 09:00:01 2026     /usr/libexec/a b (c)",
      "  502   501   501 7fe0c0a1 Z+   Fri Nov  6 09:00:02 2026     (sh)",
      "garbage",
    ].join("\n");
    expect(parsePs(text)).toEqual([
      { pid: 1, parent: 0, group: 1, session: 1, state: "S", start: "Fri_Nov_21_12:27:13_2026", name: "/sbin/init --quiet" },
      { pid: 501, parent: 1, group: 501, session: 0, state: "S", start: "Fri_Nov_6_09:00:01_2026", name: "/usr/libexec/a b (c)" },
      { pid: 502, parent: 501, group: 501, session: 0, state: "Z", start: "Fri_Nov_6_09:00:02_2026", name: "(sh)" },
    ]);
  });
});

describe("the markers of an environment", () => {
  const read = (...entries: string[]) => parseMarkers(Buffer.from(`${entries.join("\0")}\0`));

  it("are read by their whole name", () => {
    expect(read("A=1", "OVERMIND_HOME=/h ome/é", "OVERMIND_MISSION_ID=abc")).toEqual({
      daemon: null,
      mission: "abc",
      home: "/h ome/é",
    });
    expect(read("OVERMIND_DAEMON=/h")).toEqual({ daemon: "/h", mission: null, home: null });
  });

  it("are not found in the middle of other entries", () => {
    expect(read("X_OVERMIND_MISSION_ID=abc", "PS1=OVERMIND_MISSION_ID=abc", "OVERMIND_MISSION_IDS=abc")).toEqual({
      daemon: null,
      mission: null,
      home: null,
    });
  });

  it("count once: the first of a name", () => {
    expect(read("OVERMIND_MISSION_ID=first", "OVERMIND_MISSION_ID=second").mission).toBe("first");
  });
});
