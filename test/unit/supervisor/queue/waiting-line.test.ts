import fc from "fast-check";
import { expect, it } from "vitest";
import { WaitingLine } from "../../../../src/supervisor/queue/waiting-line.ts";

it("gives out who waits in order, whenever they came", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: null })), (steps) => {
      const line = new WaitingLine<number>((left, right) => left - right);
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(line.shift()).toBe(model.shift());
        else {
          line.add(step);
          model.push(step);
          model.sort((left, right) => left - right);
        }
        expect(line.first).toBe(model[0]);
      }
    }),
  );
});
