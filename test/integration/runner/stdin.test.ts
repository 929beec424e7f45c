import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.open();
});
afterAll(() => rig.dispose());

describe("an agent's stdin", () => {
  it("is empty when nobody asked for more", async () => {
    expect(await rig.start("cat; exit 4").ended()).toMatchObject({ code: 4 });
  });

  it("brings what is written, and ends when it is closed", async () => {
    const observed = rig.start("cat; echo over", { stdin: "open" });
    await observed.attempt.writeStdin(Buffer.from("one\n"));
    await observed.attempt.writeStdin(Buffer.from("two\n"));
    await observed.printed("two\n");
    await observed.attempt.closeStdin();
    expect(await observed.ended()).toMatchObject({ code: 0, isClean: true });
    expect(observed.output).toBe("one\ntwo\nover\n");
  });

  it("takes more than a pipe holds, without loss", async () => {
    const observed = rig.start("sleep 0.2; wc -c", { stdin: "open" });
    await observed.attempt.writeStdin(Buffer.alloc(3_000_000, "x"));
    await observed.attempt.closeStdin();
    await observed.ended();
    expect(observed.output.trim()).toBe("3000000");
  });

  it("does not end while no daemon is there", async () => {
    const observed = rig.start("cat; echo over", { stdin: "open", mission: "waits" });
    await observed.attempt.writeStdin(Buffer.from("before\n"));
    await observed.printed("before");
    await rig.replaceRunner();
    const adopted = rig.adopt("waits");
    if (typeof adopted === "string") throw new Error(adopted);
    await adopted.attempt.writeStdin(Buffer.from("after\n"));
    await adopted.attempt.closeStdin();
    expect(await adopted.ended()).toMatchObject({ code: 0 });
    expect(observed.output).toBe("before\nafter\nover\n");
    expect(existsSync(observed.paths.stdin)).toBe(false);
  });

  it("refuses what comes after its end, or the agent's", async () => {
    const observed = rig.start("cat", { stdin: "open" });
    await observed.attempt.closeStdin();
    await expect(observed.attempt.writeStdin(Buffer.from("x"))).rejects.toMatchObject({ code: "exited" });
    await observed.ended();
    const gone = rig.start("true", { stdin: "open" });
    await gone.ended();
    await expect(gone.attempt.writeStdin(Buffer.from("x"))).rejects.toMatchObject({ code: "exited" });
  });

  it("fails a write that waits when the agent ends", async () => {
    const observed = rig.start("sleep 100", { stdin: "open" });
    const write = observed.attempt.writeStdin(Buffer.alloc(1_000_000));
    await observed.started();
    observed.attempt.kill();
    await expect(write).rejects.toMatchObject({ code: "exited" });
  });
});
