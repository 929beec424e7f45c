import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeHome, fakeHome, RawClient, until } from "./fake-home.ts";

let home: FakeHome;
beforeEach(async () => {
  home = await fakeHome({ probeMs: 20 });
});
afterEach(() => home.dispose());

const open = () => RawClient.open(home.paths.socket);
const ask = async (request: object | string) => (await open()).send(request).rest();

describe("a request without an id", () => {
  it("gets one compact reply, then the server closes", async () => {
    expect(await ask({ cmd: "ping" })).toEqual(['{"ok":"pong"}']);
    expect(await ask({ cmd: "nothing" })).toEqual(['{"ok":null}']);
  });

  it("is the only one that is read", async () => {
    expect(await (await open()).send({ cmd: "ping" }, { cmd: "pid" }).rest()).toEqual(['{"ok":"pong"}']);
  });

  it("is told what is wrong with it", async () => {
    expect(await ask({ cmd: "nope" })).toEqual(['{"error":"unknown command: nope","code":"unknown_command"}']);
    expect(await ask("{}\n")).toEqual([expect.stringContaining('{"error":"invalid request","code":"invalid_request"')]);
    expect(await ask("nonsense\n")).toEqual([expect.stringContaining('"code":"invalid_json"')]);
    expect(await ask({ cmd: "refuse" })).toEqual(['{"error":"not_found","code":"not_found"}']);
    expect(JSON.parse((await ask({ cmd: "typed", args: { n: "x" } }))[0] ?? "")).toMatchObject({
      code: "invalid_argument",
      details: { field: "n" },
    });
  });

  it("cannot reach what every object inherits", async () => {
    for (const cmd of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(await ask(`{"cmd":"${cmd}","args":{"__proto__":{"a":1}}}\n`)).toEqual([
        `{"error":"unknown command: ${cmd}","code":"unknown_command"}`,
      ]);
    }
  });

  it("is answered though its client has ended its input, newline or not", async () => {
    const client = await open();
    client.socket.end('{"cmd":"hang"}');
    await until(() => home.seen.release.length === 1);
    // Longer than some looks at whether the client is still there.
    await new Promise((resolve) => setTimeout(resolve, 100));
    home.seen.release[0]?.();
    expect(await client.rest()).toEqual(['{"ok":"released"}']);
    expect(home.seen.aborted).toBe(0);
  });

  it("is cancelled when its client is gone, also after ending its input", async () => {
    const client = await open();
    client.socket.end('{"cmd":"hang"}\n');
    await until(() => home.seen.release.length === 1);
    client.socket.destroy();
    await until(() => home.seen.aborted === 1);
  });

  it("may stream plain lines, without a reply", async () => {
    expect(await ask({ cmd: "count", args: { to: 3 } })).toEqual([0, 1, 2].map((n) => `{"n":${n},"pad":""}`));
    expect(await ask({ cmd: "count", args: { to: 0 } })).toEqual([]);
    expect(await ask({ cmd: "count", args: { to: 2, failAt: 0 } })).toEqual(['{"error":"not_found","code":"not_found"}']);
  });

  it("may have a reply of 20 MB", async () => {
    const [line] = await ask({ cmd: "large", args: { bytes: 20_000_000 } });
    expect(line?.length).toBe(20_000_000 + '{"ok":""}'.length);
  });

  it("that fails inside is answered `internal` and logged", async () => {
    expect(await ask({ cmd: "fail" })).toEqual(['{"error":"a defect","code":"internal"}']);
    expect(await ask({ cmd: "secret" })).toEqual([expect.stringContaining('"code":"internal"')]);
    expect(home.seen.errors).toHaveLength(2);
  });
});

describe("requests with ids", () => {
  it("are answered in any order on one connection", async () => {
    const client = await open();
    client.send({ cmd: "hang", id: "a" }, { cmd: "ping", id: 2 }, { cmd: "nope", id: 3 });
    expect(await client.line()).toBe('{"ok":"pong","id":2}');
    expect(await client.line()).toBe('{"error":"unknown command: nope","code":"unknown_command","id":3}');
    home.seen.release[0]?.();
    expect(await client.line()).toBe('{"ok":"released","id":"a"}');
    expect(await client.send({ cmd: "ping", id: 4 }).line()).toBe('{"ok":"pong","id":4}');
    client.socket.destroy();
  });

  it("survive a broken frame between them", async () => {
    const client = await open();
    client.send({ cmd: "ping", id: 1 }, "garbage\n", { id: 2 }, { cmd: "ping", id: 3 });
    const replies = [await client.line(), await client.line(), await client.line(), await client.line()];
    expect(replies).toContain('{"ok":"pong","id":1}');
    expect(replies).toContain('{"ok":"pong","id":3}');
    expect(replies).toContain('{"error":"the frame is not JSON","code":"invalid_json"}');
    expect(replies).toContainEqual(expect.stringMatching(/"code":"invalid_request".*"id":2/));
    client.socket.destroy();
  });

  it("stream events and end with a reply", async () => {
    const client = await open();
    client.send({ cmd: "count", args: { to: 2 }, id: 9 });
    expect(await client.line()).toBe('{"id":9,"event":{"n":0,"pad":""}}');
    expect(await client.line()).toBe('{"id":9,"event":{"n":1,"pad":""}}');
    expect(await client.line()).toBe('{"ok":true,"id":9}');
    client.socket.destroy();
  });

  it("cannot share an id that is in use", async () => {
    const client = await open();
    client.send({ cmd: "hang", id: 1 }, { cmd: "ping", id: 1 });
    expect(await client.json()).toMatchObject({ code: "invalid_request", id: 1 });
    client.socket.destroy();
  });

  it("end by cancel: a stream well, a wait with `cancelled`", async () => {
    const client = await open();
    client.send({ cmd: "ticks", id: "s" });
    expect(await client.json()).toEqual({ id: "s", event: { tick: 1 } });
    client.send({ cmd: "cancel", args: { id: "s" }, id: 2 });
    expect([await client.line(), await client.line()].sort()).toEqual(['{"ok":true,"id":"s"}', '{"ok":true,"id":2}'].sort());
    client.send({ cmd: "hang", id: 3 }, { cmd: "cancel", args: { id: 3 }, id: 4 });
    expect(await client.json()).toEqual({ ok: true, id: 4 });
    expect(await client.json()).toMatchObject({ code: "cancelled", id: 3 });
    expect(await client.send({ cmd: "cancel", args: { id: 3 }, id: 5 }).json()).toEqual({ ok: false, id: 5 });
    client.socket.destroy();
  });

  it("are cancelled by the end of input, and what can be answered is", async () => {
    const client = await open();
    client.send({ cmd: "hang", id: 1 }, { cmd: "ping", id: 2 });
    client.socket.end();
    const replies = (await client.rest()).map((line) => JSON.parse(line));
    expect(replies).toMatchObject([
      { ok: "pong", id: 2 },
      { code: "cancelled", id: 1 },
    ]);
    expect(home.seen.aborted).toBe(1);
  });
});

describe("a server that closes", () => {
  it("tells those who wait, and their streams, that it goes", async () => {
    const [waiting, streaming] = [await open(), await open()];
    waiting.send({ cmd: "hang", id: 1 });
    streaming.send({ cmd: "ticks", id: 1 });
    await until(() => home.seen.release.length === 1);
    await streaming.line();
    await home.server.close();
    expect(await waiting.json()).toMatchObject({ code: "shutting_down", id: 1 });
    expect(await streaming.json()).toMatchObject({ code: "shutting_down", id: 1 });
    expect(await waiting.line()).toBeNull();
    await expect(open()).rejects.toMatchObject({ code: "ENOENT" });
  });
});
