import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeRecord, recordBytes } from "../../../src/output/time-index.ts";

it("gives every record the same width", () => {
  const end = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const time = fc.integer({ min: 0, max: 9_999_999_999_999 });
  fc.assert(
    fc.property(end, time, fc.boolean(), (end, time, isApproximate) => {
      const record = encodeRecord({ end, time, isApproximate });
      const [first, second] = record.trim().split(" ").filter(Boolean);
      expect(record).toHaveLength(recordBytes);
      expect([Number(first), Number(second?.replace("~", "")), second?.startsWith("~")]).toEqual([end, time, isApproximate]);
    }),
  );
});
