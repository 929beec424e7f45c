import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { agent } from "../../support/agent.ts";
import { startHome } from "../../support/home.ts";
import { ask } from "../../support/wire.ts";

const home = startHome();
afterAll(() => home.dispose());

const sha = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

/** Runs a shell line to its end and answers its id. */
async function ran(line: string): Promise<string> {
  const id = await home.start(line);
  await home.wait(id);
  return id;
}

async function raw(id: string): Promise<Buffer> {
  return (await home.run(["logs", "--raw", id])).bytes;
}

async function jsonLines(id: string): Promise<{ text: string; attempt: number; offset: number; mission: string }[]> {
  const { stdout } = await home.run(["logs", "--json", id]);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the output of an agent", () => {
  it("arrives complete when it is 1,000,000 lines of 100 bytes", { timeout: 120_000 }, async () => {
    const words = agent("--quiet", "--lines", 1_000_000, "--line-bytes", 100);
    const id = await home.start("--", ...words);
    const followed = home.shell(`overmind logs -f ${id} | sha256sum`, { timeoutMs: 110_000 });
    const expected = home.shell(`${words.join(" ")} | sha256sum`, { timeoutMs: 110_000 });
    const kept = home.shell(`overmind wait ${id} && overmind logs --raw ${id} | sha256sum | tail -1`, { timeoutMs: 110_000 });
    const [line] = [(await expected).stdout];
    expect((await kept).stdout.split("\n").at(-2)).toBe(line.trimEnd());
    expect((await followed).stdout).toBe(line);
  });

  it("keeps a last line without newline", async () => {
    const id = await ran("printf 'one\\ntwo'");
    expect((await raw(id)).toString()).toBe("one\ntwo");
    expect(await home.logs(id)).toMatch(/^one\ntwo\n?$/);
    expect((await jsonLines(id)).map((line) => line.text.replace(/\n$/, ""))).toEqual(["one", "two"]);
    expect((await home.run(["logs", "-n", "1", id])).stdout.trimEnd()).toBe("two");
  });

  it("keeps a line of 10 MB", async () => {
    const id = await ran("head -c 10000000 /dev/zero | tr '\\0' q; echo; echo after");
    const bytes = await raw(id);
    expect(bytes.length).toBe(10_000_007);
    expect(sha(bytes)).toBe(sha(`${"q".repeat(10_000_000)}\nafter\n`));
    const lines = await jsonLines(id);
    expect(
      lines
        .map((line) => line.text)
        .join("")
        .replaceAll("\n", ""),
    ).toHaveLength(10_000_005);
  });

  it("is told to its last 8 MiB in one reply, which says how much it left out", async () => {
    const id = await ran("yes 123456789 | head -n 1000000");
    const limit = 8 * 1024 * 1024;
    const { ok, truncated_bytes } = await home.wire().request("logs", { id });
    expect(ok).toMatch(/^123456789\n/);
    expect(ok.length).toBeLessThanOrEqual(limit);
    expect(ok.length + truncated_bytes).toBe(10_000_000);
    const marker = `--- ${truncated_bytes} bytes of older output not shown ---\n`;
    expect((await ask(home.socket, "logs", { id })).ok).toBe(marker + ok);
    expect(await (await home.client()).logs(id)).toBe(marker + ok);
    expect(await home.wire().request("logs", { id, tail: 1 })).toEqual({ ok: "123456789\n", id: expect.anything() });
  });

  it("keeps NULs and bytes that are no UTF-8 as written, without breaking --json", async () => {
    const id = await ran("printf 'a\\000b\\nbad \\377\\376 end\\nhalf \\342\\202\\nok\\n'");
    const written = Buffer.from("a\0b\nbad \xff\xfe end\nhalf \xe2\x82\nok\n", "latin1");
    expect(await raw(id)).toEqual(written);
    expect((await jsonLines(id)).map((line) => line.text.trimEnd())).toEqual([
      "a\0b",
      "bad \ufffd\ufffd end",
      "half \ufffd",
      "ok",
    ]);
    expect((await home.run(["logs", id])).stdout).toContain("ok\n");
  });

  it("does not tear a character that the agent wrote in two halves", async () => {
    const id = await home.start("printf '\\342\\202'; sleep 0.3; printf '\\254\\n'");
    expect((await home.run(["logs", "-f", id])).stdout).toBe("€\n");
  });

  it("is streamed as base64 with its offset for programs that want the bytes", async () => {
    const id = await ran("printf 'x\\000\\377y'");
    const wire = home.wire();
    await wire.request("logs", { id, raw: true, follow: true });
    expect(wire.events).toMatchObject([{ attempt: 1, offset: 0, base64: Buffer.from("x\0\xffy", "latin1").toString("base64") }]);
  });

  it("holds stdout and stderr in the order they were written", async () => {
    const id = await ran("for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done");
    expect(await home.logs(id)).toBe([1, 2, 3, 4, 5].map((i) => `out ${i}\nerr ${i}\n`).join(""));
  });
});
