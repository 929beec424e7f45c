import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Outbox } from "../../../src/supervisor/talk/outbox.ts";
import { TalkFile } from "../../../src/supervisor/talk/talk-file.ts";
import { freshDirectory } from "../../support/home.ts";

let directory: string;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => rmSync(directory, { recursive: true }));

const send = (id: string) => ({ did: "send", attempt: 1, id, at: 0, text: id }) as const;

/** What a daemon finds that takes over an attempt to which its former noted these, and saw some of them taken. */
function takenOver(noted: readonly string[], written: readonly string[]): Outbox {
  const file = new TalkFile(directory);
  for (const id of noted) file.add({ did: "queue", id, text: id });
  for (const id of noted) file.add(send(id));
  for (const id of written) file.add({ did: "written", attempt: 1, id });
  return adopted(noted);
}

function adopted(noted: readonly string[]): Outbox {
  const outbox = new Outbox(new TalkFile(directory));
  outbox.wasWritten(noted.map(send));
  return outbox;
}

const confirms = (outbox: Outbox, ...delivered: string[]): string[] =>
  outbox.hears({ delivered, refused: [] }).map(({ id, why }) => `${id}: ${why}`);

const never = (id: string): string => `${id}: the daemon died before it was written`;

describe("messages that a former daemon noted", () => {
  it("were never written, all that come before one that the agent confirms", () => {
    const outbox = takenOver(["a", "b", "c", "d"], []);
    expect(confirms(outbox, "c")).toEqual([never("a"), never("b")]);
    expect(outbox.turnEnded()?.id).toBe("c");
    expect(confirms(outbox, "d")).toEqual([]);
    expect(outbox.turnEnded()?.id).toBe("d");
  });

  it("were written where the agent's stdin took them, confirmed or not", () => {
    const outbox = takenOver(["a", "b", "c"], ["a"]);
    expect(confirms(outbox, "c")).toEqual([never("b")]);
    expect([outbox.turnEnded()?.id, outbox.turnEnded()?.id]).toEqual(["a", "c"]);
  });

  it("stay in doubt until a later one is confirmed", () => {
    const outbox = takenOver(["a", "b"], []);
    expect(confirms(outbox, "a")).toEqual([]);
    expect(outbox.turnEnded()?.id).toBe("a");
    expect(outbox.isAwaiting).toBe(true);
  });

  it("are not taken for written by the next daemon either", async () => {
    confirms(takenOver(["a", "b"], []), "b");
    const next = adopted(["a", "b"]);
    expect(confirms(next, "b")).toEqual([]);
    expect(next.turnEnded()?.id).toBe("b");
    await expect(next.add("a", "a").answered.promise).rejects.toMatchObject({ code: "invalid_argument" });
  });
});
