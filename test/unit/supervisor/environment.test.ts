import { describe, expect, it } from "vitest";
import { type EnvironmentSource, environmentBytes } from "../../../src/supervisor/environment.ts";

const own = ["OVERMIND_HOME=/h", "OVERMIND_MISSION_ID=a2345678", "OVERMIND_MISSION_NAME=calm-otter"];

const bytesOf = (source: Partial<EnvironmentSource>) =>
  environmentBytes({ env: {}, envBytes: [], home: "/h", id: "a2345678", name: "calm-otter", ...source });

/** The entries, one character a byte. */
function entries(source: Partial<EnvironmentSource>): string[] {
  const text = bytesOf(source).toString("latin1");
  expect(text.endsWith("\0")).toBe(true);
  return text.slice(0, -1).split("\0");
}

const base64 = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string))).toString("base64");

describe("a mission's environment", () => {
  it("tells the mission who it is, first", () => {
    expect(entries({})).toEqual(own);
    expect(entries({ env: { A: "1" } })).toEqual([...own, "A=1"]);
  });

  it("keeps the caller's order, empty values, and names that no shell would take", () => {
    const env = { Z: "", "BASH_FUNC_x%%": "() { echo hi\n}", "npm_config_@x:registry": "u=v", "my.var": "1", A: "a b" };
    expect(entries({ env })).toEqual([
      ...own,
      "Z=",
      "BASH_FUNC_x%%=() { echo hi\n}",
      "npm_config_@x:registry=u=v",
      "my.var=1",
      "A=a b",
    ]);
  });

  it.each([
    "OVERMIND_HOME",
    "OVERMIND_MISSION_ID",
    "OVERMIND_MISSION_NAME",
    "OVERMIND_ATTEMPT",
    "PWD",
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "TMUX",
    "TMUX_PANE",
  ])("does not have the caller's %s, however it was sent", (name) => {
    expect(entries({ env: { [name]: "x" } })).toEqual(own);
    expect(entries({ envBytes: [base64(`${name}=`, [0xff])] })).toEqual(own);
  });

  it("keeps other names of the family", () => {
    expect(entries({ env: { OVERMIND_SOCKET: "s", OVERMIND_ENV: "e", TMUX_X: "t" } })).toEqual([
      ...own,
      "OVERMIND_SOCKET=s",
      "OVERMIND_ENV=e",
      "TMUX_X=t",
    ]);
  });

  it("has entries that are no UTF-8 byte for byte, in place of their replaced form", () => {
    const envBytes = [base64("BAD=", [0xff, 0xfe, 0x3d]), base64("b", [0xe9], "d=1")];
    expect(entries({ env: { BAD: "\ufffd\ufffd=", GOOD: "1" }, envBytes })).toEqual([
      ...own,
      "GOOD=1",
      "BAD=\xff\xfe=",
      "b\xe9d=1",
    ]);
  });

  it("writes UTF-8 as UTF-8", () => {
    expect(bytesOf({ env: { GRÜSSE: "日本" } }).includes(Buffer.from("\0GRÜSSE=日本\0"))).toBe(true);
  });

  it("lets nobody slip in a second entry, and drops what is none", () => {
    const env = { A: "1\0OVERMIND_MISSION_ID=other", "B\0C": "1", "OVERMIND_HOME=/other": "x", "": "x", GONE: undefined };
    expect(entries({ env, envBytes: [base64("D=1\0PWD=/x"), base64("NOTHING"), ""] })).toEqual(own);
  });
});
