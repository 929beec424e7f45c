import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { signalName } from "../../../src/base/signals.ts";

describe("reading a signal", () => {
  it.each(["TERM", "SIGTERM", "term", "sigterm", " Term ", "15"])("takes '%s' as SIGTERM", (text) => {
    expect(signalName(text, "signal")).toBe("SIGTERM");
  });

  it.each(Object.entries(constants.signals))("knows %s by its number %i", (name, number) => {
    const read = signalName(String(number), "signal");
    expect(constants.signals[read]).toBe(number);
    expect(signalName(name, "signal")).toBe(name);
  });

  it.each(["", "NOPE", "SIGNOPE", "0", "99", "-9", "9.5", "toString", "constructor"])("refuses '%s'", (text) => {
    expect(() => signalName(text, "stop_signal")).toThrow(
      expect.objectContaining({ code: "invalid_argument", details: { field: "stop_signal", expected: "signal" } }),
    );
  });
});
