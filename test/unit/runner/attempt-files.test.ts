import { describe, expect, it } from "vitest";
import { parseClaim, parseExit } from "../../../src/runner/attempt-files.ts";

const whole = (text: string) => `${text.padEnd(127)}\n`;

describe("the end in a record", () => {
  it.each([
    ["0 - 1700000000123 clean", { kind: "exited", code: 0, signal: null, endedAt: 1700000000123, isClean: true, message: "" }],
    ["143 - 5 left", { kind: "exited", code: 143, signal: null, endedAt: 5, isClean: false, message: "" }],
    ["143 15 5 clean", { kind: "exited", code: 143, signal: "SIGTERM", endedAt: 5, isClean: true, message: "" }],
    ["163 35 5 clean", { kind: "exited", code: 163, signal: "SIGRTMIN+1", endedAt: 5, isClean: true, message: "" }],
    [
      "127 - 5 spawn_error exec x: No such file",
      { kind: "spawn_error", code: 127, signal: null, endedAt: 5, isClean: true, message: "exec x: No such file" },
    ],
  ])("tells of %j", (text, expected) => {
    expect(parseExit(whole(text))).toEqual(expected);
  });

  it.each(["", "pending".padEnd(128), "0 - 5 clean", "0 - 5 clean   ", whole("0 - 5"), whole("-1 - 5 clean"), whole("garbage")])(
    "is not whole when it holds %j",
    (text) => {
      expect(parseExit(text)).toBeNull();
    },
  );
});

describe("the claim in a record", () => {
  const text = "boot b-1 4026\nshim 10 111 subreaper\nagent 11 112\nbegun 1110 1700000000000\n";

  it("tells the identities of shim and agent", () => {
    expect(parseClaim(text)).toEqual({
      host: { boot: "b-1", namespace: "4026" },
      shim: { pid: 10, start: "111" },
      agent: { pid: 11, start: "112" },
      isSubreaper: true,
      begun: { sinceBootMs: 1110, time: 1_700_000_000_000 },
    });
  });

  it("ignores a line that was cut", () => {
    expect(parseClaim(text.slice(0, -2)).begun).toBeNull();
    expect(parseClaim(text.slice(0, text.indexOf("begun") - 1)).agent).toBeNull();
  });

  it("of a former version, or where no clock counts from boot, does not tell when it was made", () => {
    expect(parseClaim("agent 11 112\n").begun).toBeNull();
    expect(parseClaim("begun - 5\n").begun).toEqual({ sinceBootMs: null, time: 5 });
  });

  it.each(["", "recovery 7\n"])("names nobody when it holds %j", (other) => {
    expect(parseClaim(other)).toEqual({ host: null, shim: null, agent: null, isSubreaper: false, begun: null });
  });
});
