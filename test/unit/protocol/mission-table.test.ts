import { describe, expect, it } from "vitest";
import { textWidth } from "../../../src/base/text-width.ts";
import type { MissionView } from "../../../src/protocol/mission.ts";
import { commandText, missionTable } from "../../../src/protocol/mission-table.ts";

const now = Date.parse("2026-01-31T12:00:00.000Z");
const options = { columns: null, hasColor: false, now, tree: false };

function mission(over: Partial<MissionView> = {}): MissionView {
  return {
    id: "a1b2c3d4",
    name: "calm-otter",
    command: "npm test",
    argv: null,
    type: "task",
    provider: "raw",
    model: null,
    status: "running",
    reason: null,
    waiting_for: null,
    until: null,
    exit_code: null,
    signal: null,
    os_pid: 1,
    cwd: "/",
    parent: null,
    children: [],
    created_at: "2026-01-31T11:59:50.000Z",
    started_at: "2026-01-31T11:59:50.000Z",
    ended_at: null,
    attempt: 1,
    attempts: [],
    restart_policy: "never",
    max_restarts: 5,
    max_seconds: 60,
    restart_count: 0,
    success_codes: [0],
    grace_ms: 10_000,
    stop_signal: "SIGTERM",
    timeout_seconds: null,
    account: null,
    budget: null,
    keep_leftovers: false,
    last_activity: null,
    session_id: null,
    labels: {},
    usage: null,
    queue: null,
    pending: [],
    ...over,
  };
}

const rows = (text: string) => text.split("\n");

describe("the mission table", () => {
  it("has the contract's columns, the status as one word in the fourth, and - for what is empty", () => {
    const [head = "", row = ""] = rows(missionTable([mission()], options));
    expect(head.split(/\s+/)).toEqual(["ID", "NAME", "TYPE", "STATUS", "RESTARTS", "PARENT", "CHILDREN", "UPTIME", "COMMAND"]);
    expect(row.split(/\s+/)).toEqual(["a1b2c3d4", "calm-otter", "task", "running", "0", "-", "0", "10s", "npm", "test"]);
  });

  it("counts the uptime of an ended mission up to its end", () => {
    const ended = mission({ status: "crashed", ended_at: "2026-01-31T11:59:53.500Z" });
    expect(missionTable([ended], options)).toContain(" 3s ");
    expect(missionTable([mission({ status: "queued", started_at: null })], options)).toMatch(/ 0 {9}- {7}npm test$/);
  });

  it.each([80, 100, 60])("fits %i columns, whatever the command and the name are", (columns) => {
    const text = missionTable(
      [mission({ command: "漢字 ".repeat(40) }), mission({ name: "n".repeat(63), command: "🚀 ".repeat(50) })],
      { ...options, columns },
    );
    for (const row of rows(text)) expect(textWidth(row)).toBeLessThanOrEqual(columns);
    expect(text).toContain("…");
  });

  it("cuts nothing where there is no terminal", () => {
    expect(missionTable([mission({ command: "x".repeat(500) })], options)).toContain("x".repeat(500));
  });

  it("keeps a command of many lines and control characters in one row", () => {
    const text = missionTable([mission({ command: "a\nb\tc\u001b[31md\u202ee" })], options);
    expect(rows(text)).toHaveLength(2);
    expect(text).toContain("a\\nb\\tc\\e[31md\\u202ee");
  });

  it("puts the next column in the same place behind wide characters", () => {
    const [, first = "", second = ""] = rows(missionTable([mission({ name: "日本" }), mission({ name: "abcd" })], options));
    expect(first.indexOf("task") + 2).toBe(second.indexOf("task"));
  });

  it("colours only when told to, and the width does not change by it", () => {
    const plain = missionTable([mission()], options);
    const coloured = missionTable([mission()], { ...options, hasColor: true });
    expect(plain).not.toContain("\u001b");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what colours are made of
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
    expect(coloured).toContain("\u001b[32mrunning");
  });

  it("puts children below their parents as a tree, also where the parent is not shown", () => {
    const list = [
      mission({ id: "p", name: "p" }),
      mission({ id: "a", name: "a", parent: "p" }),
      mission({ id: "o", name: "o", parent: "gone" }),
      mission({ id: "b", name: "b", parent: "a" }),
    ];
    const names = rows(missionTable(list, { ...options, tree: true }))
      .slice(1)
      .map((row) => row.slice(3, 12).trimEnd());
    expect(names.map((name) => name.trim().split("  ")[0])).toEqual(["p", "└─ a", "└─ b", "o"]);
  });

  it("leaves out what a tree tells anyway where the terminal is narrow, so that names of eight generations can be read", () => {
    const chain = Array.from({ length: 8 }, (_, depth) =>
      mission({
        id: `m2345678`.replace("8", String(depth)),
        name: `worker-${depth}`,
        parent: depth === 0 ? null : `m234567${depth - 1}`,
      }),
    );
    const [head = "", ...lines] = rows(missionTable(chain, { ...options, columns: 80, tree: true }));
    expect(head.split(/\s+/).slice(0, 6)).toEqual(["ID", "NAME", "TYPE", "STATUS", "RESTARTS", "UPTIME"]);
    expect(lines.map((row) => /worker-\d/.exec(row)?.[0])).toEqual(chain.map(({ name }) => name));
    expect(Math.max(...[head, ...lines].map(textWidth))).toBeLessThanOrEqual(80);
    const wide = rows(missionTable(chain, { ...options, columns: 200, tree: true }));
    expect(wide[0]).toContain("PARENT");
  });

  it("leaves out in a narrow list what tells missions least apart, so that commands can be read", () => {
    const list = [mission({ command: "npm run a-long-script --with flags" }), mission({ name: "a-name" })];
    const [head = "", row = ""] = rows(missionTable(list, { ...options, columns: 80 }));
    expect(head.split(/\s+/)).toEqual(["ID", "NAME", "TYPE", "STATUS", "RESTARTS", "UPTIME", "COMMAND"]);
    expect(row).toContain("npm run a-long-script");
    expect(rows(missionTable(list, { ...options, columns: 200 }))[0]).toContain("CHILDREN");
  });

  it("tells of one that waits for an answer which tool it asks for, before its command", () => {
    const asks = { request_id: "r1", kind: "permission", tool: "Bash" } as unknown as MissionView["pending"][number];
    const text = missionTable([mission({ status: "waiting", waiting_for: "answer", pending: [asks] })], options);
    expect(text).toContain("(asks: Bash) npm test");
  });

  it("draws sixty-four children in the order given, the last one with a corner", () => {
    const children = Array.from({ length: 64 }, (_, place) => mission({ id: `c${place}`, name: `child-${place}`, parent: "p" }));
    const lines = rows(missionTable([mission({ id: "p", name: "p" }), ...children], { ...options, columns: 80, tree: true }));
    expect(lines.filter((row) => row.includes("├─ "))).toHaveLength(63);
    expect(lines.at(-1)).toContain("└─ child-63");
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(80);
  });

  it("quotes an argv so that its words can be told", () => {
    expect(commandText(mission({ argv: ["echo", "a b", "it's", "$x", ""] }))).toBe("echo 'a b' 'it'\\''s' '$x' ''");
  });
});
