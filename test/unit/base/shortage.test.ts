import { describe, expect, it } from "vitest";
import { asOvermindError, OvermindError } from "../../../src/base/errors.ts";
import { isShortage } from "../../../src/base/shortage.ts";

const failed = (code: string) => Object.assign(new Error(code), { code });

describe("a shortage", () => {
  it.each(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_IOERR_WRITE"])("is %s", (code) => {
    expect([isShortage(failed(code)), isShortage(asOvermindError(failed(code)))]).toEqual([true, true]);
  });

  it.each([failed("ENOENT"), failed("EACCES"), failed("SQLITE_CORRUPT"), new OvermindError("not_found"), "ENOSPC", null])(
    "is not %s",
    (thrown) => {
      expect(isShortage(thrown)).toBe(false);
    },
  );
});
