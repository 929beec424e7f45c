import { describe, expect, it } from "vitest";
import { OvermindError } from "../../../src/base/errors.ts";
import { connectionLost } from "../../../src/client/failures.ts";
import { outliving, outlivingStream } from "../../../src/client/resilience.ts";

const reconnecting = () => {
  const errors: unknown[] = [];
  return { errors, reconnect: async (error: unknown) => void errors.push(error) };
};

describe("a question whose connection is lost", () => {
  it("is asked again", async () => {
    const connections = reconnecting();
    let asked = 0;
    const answer = await outliving(connections, async () => {
      asked += 1;
      if (asked < 3) throw connectionLost();
      return asked;
    });
    expect(answer).toBe(3);
    expect(connections.errors).toHaveLength(2);
  });

  it("is given up after five losses in a row", async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      throw connectionLost();
    };
    await expect(outliving(reconnecting(), ask)).rejects.toMatchObject({ code: "unreachable" });
    expect(asked).toBe(6);
  });

  it("is not asked again when the daemon refused it", async () => {
    const ask = async () => {
      throw new OvermindError("not_found");
    };
    const connections = reconnecting();
    await expect(outliving(connections, ask)).rejects.toMatchObject({ code: "not_found" });
    expect(connections.errors).toHaveLength(0);
  });
});

describe("a stream whose connection is lost", () => {
  async function* piece(from: number, to: number): AsyncGenerator<number, unknown> {
    for (let i = from; i < to; i += 1) yield i;
    if (to < 10) throw to % 2 ? connectionLost() : new OvermindError("shutting_down", "the daemon is shutting down");
    return "all";
  }

  it("goes on behind the last event and ends with the answer", async () => {
    const opened: (number | undefined)[] = [];
    const events = outlivingStream<number>(reconnecting(), (last) => {
      opened.push(last);
      const from = last === undefined ? 0 : last + 1;
      return piece(from, Math.min(10, from + 3));
    });
    const seen: number[] = [];
    for (let next = await events.next(); ; next = await events.next()) {
      if (next.done) {
        expect(next.value).toBe("all");
        break;
      }
      seen.push(next.value);
    }
    expect(seen).toEqual([...Array(10).keys()]);
    expect(opened).toEqual([undefined, 2, 5, 8]);
  });

  it("ends the stream beneath it when the consumer leaves", async () => {
    let isReleased = false;
    async function* endless(): AsyncGenerator<number, unknown> {
      try {
        for (;;) yield 1;
      } finally {
        isReleased = true;
      }
    }
    for await (const _ of outlivingStream<number>(reconnecting(), endless)) break;
    expect(isReleased).toBe(true);
  });
});
