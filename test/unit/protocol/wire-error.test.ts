import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ErrorCode, errorCodes, OvermindError } from "../../../src/base/errors.ts";
import { errorFromWire, wireError } from "../../../src/protocol/wire-error.ts";

const codes = Object.keys(errorCodes) as ErrorCode[];
const facts = fc.record({ hint: fc.string(), details: fc.dictionary(fc.string(), fc.string()) }, { requiredKeys: [] });

describe("an error of the wire", () => {
  it("is read as it was written, whatever it says", () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.string({ minLength: 1 }), facts, (code, message, more) => {
        const error = new OvermindError(code, message, more);
        const { message: text, code: readCode, hint, details } = errorFromWire(JSON.parse(JSON.stringify(wireError(error))));
        expect({ text, code: readCode, hint }).toEqual({ text: error.message, code, hint: error.hint });
        expect(JSON.stringify(details)).toBe(JSON.stringify(error.details));
      }),
    );
  });

  it("bears no key for what it does not say", () => {
    expect(Object.keys(wireError(new OvermindError("disk_full", "full")))).toEqual(["error", "code"]);
  });

  it("is a failure of the daemon where another version leaves out what it is", () => {
    expect(errorFromWire({})).toMatchObject({ code: "internal", message: "the daemon failed" });
  });
});
