import { describe, expect, it } from "vitest";
import { asOvermindError, type ErrorCode, errorCodes, OvermindError } from "../../../src/base/errors.ts";

const textIsCode: readonly ErrorCode[] = [
  "not_found",
  "not_running",
  "not_session",
  "not_finished",
  "paused",
  "timeout",
  "exited",
  "parent_not_found",
  "empty_command",
  "invalid_type",
  "invalid_restart_policy",
  "name_taken",
];
const textExplains = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => !textIsCode.includes(code));

describe("an error's text", () => {
  it.each(textIsCode)("is the code for %s, whatever is said besides", (code) => {
    expect(new OvermindError(code).message).toBe(code);
    const explained = new OvermindError(code, "more words");
    expect(explained.message).toBe(code);
    expect(explained.details).toEqual({ message: "more words" });
  });

  it.each(textExplains)("explains %s", (code) => {
    expect(new OvermindError(code, "why").message).toBe("why");
  });
});

describe("any thrown value", () => {
  it("stays what it is when it is Overmind's own", () => {
    const error = new OvermindError("not_found", undefined, { details: { id: "x" }, hint: "look" });
    expect(asOvermindError(error)).toBe(error);
    expect(error).toMatchObject({ details: { id: "x" }, hint: "look" });
  });

  it.each(["ENOSPC", "EDQUOT", "SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"])("is a full disk when its code is %s", (code) => {
    const cause = Object.assign(new Error("no"), { code });
    expect(asOvermindError(cause)).toMatchObject({ code: "disk_full", cause });
  });

  it.each(["EMFILE", "ENFILE"])("says how to get more descriptors when its code is %s", (code) => {
    const cause = Object.assign(new Error("no"), { code });
    expect(asOvermindError(cause)).toMatchObject({ code: "internal", message: "too many open files: no", cause });
    expect(asOvermindError(cause).hint).toContain("ulimit -n");
  });

  it.each([new Error("odd"), "odd"])("is internal otherwise, with its words and its cause", (thrown) => {
    expect(asOvermindError(thrown)).toMatchObject({ code: "internal", message: "odd", cause: thrown });
  });

  it.each([null, undefined, 7, {}])("does not break on %j", (thrown) => {
    expect(asOvermindError(thrown).code).toBe("internal");
  });
});
