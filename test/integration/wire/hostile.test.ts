import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeHome, fakeHome, RawClient, until } from "./fake-home.ts";

const mebibyte = 1024 * 1024;
let home: FakeHome;
let bystander: RawClient;

const limits = { cutBytes: 4 * mebibyte, pauseBytes: 2 * mebibyte, calls: 100, patienceMs: 100 };

beforeEach(async () => {
  home = await fakeHome(limits);
  bystander = await open();
});
afterEach(async () => {
  // Whatever a client did, the others are served.
  expect(await bystander.send({ cmd: "ping", id: 1 }).json()).toEqual({ ok: "pong", id: 1 });
  await home.dispose();
});

const open = () => RawClient.open(home.paths.socket);

describe("garbage on the socket", () => {
  it("of 10 MB without a newline is refused once", async () => {
    const client = await open();
    const bytes = Buffer.alloc(mebibyte, "x");
    for (let i = 0; i < 10; i += 1) client.socket.write(bytes);
    client.socket.end();
    expect((await client.rest()).map((line) => JSON.parse(line))).toMatchObject([{ code: "frame_too_large" }]);
  });

  it("does not end a connection that has ids", async () => {
    const client = await open();
    await client.send({ cmd: "ping", id: 1 }).line();
    for (let i = 0; i < 10; i += 1) client.socket.write(Buffer.alloc(mebibyte, "x"));
    client.send("\n", { cmd: "ping", id: 2 });
    expect(await client.json()).toMatchObject({ code: "frame_too_large" });
    expect(await client.json()).toEqual({ ok: "pong", id: 2 });
    client.socket.destroy();
  });

  it("may be binary, half a frame, or nested 100,000 deep", async () => {
    for (const bytes of [
      Buffer.from([0, 255, 254, 10]),
      '{"cmd":"pi',
      `${"[".repeat(100_000)}\n`,
      `{"cmd":"ping","args":${'{"a":'.repeat(50_000)}`,
    ]) {
      const client = await open();
      client.socket.end(bytes);
      expect((await client.rest()).map((line) => JSON.parse(line))).toMatchObject([{ code: "invalid_json" }]);
    }
  });

  it("may be nothing at all, from 1,000 connections", async () => {
    const idle = await Promise.all(Array.from({ length: 1000 }, open));
    expect(await (await open()).send({ cmd: "ping" }).rest()).toEqual(['{"ok":"pong"}']);
    const closed = idle.map((client) => once(client.socket, "close"));
    for (const client of idle) client.socket.destroy();
    await Promise.all(closed);
  });

  it("may be a client that hangs up in the middle of everything", async () => {
    for (let i = 0; i < 50; i += 1) {
      const client = await open();
      client.send({ cmd: "count", args: { to: 1000, bytes: 1000 }, id: 1 }, { cmd: "hang", id: 2 });
      if (i % 2) await client.line();
      client.socket.destroy();
    }
    await until(() => home.seen.aborted === home.seen.release.length && home.seen.aborted > 0);
  });
});

describe("a reader that does not read", () => {
  it("stops its own stream and nothing else", async () => {
    const client = await open();
    client.socket.pause();
    client.send({ cmd: "count", args: { to: 100_000, bytes: 10_000 }, id: 1 });
    let before = -1;
    await until(() => {
      const isStill = home.seen.emitted === before && before > 0;
      before = home.seen.emitted;
      return isStill;
    });
    expect(home.seen.emitted).toBeLessThan(1000);
    client.socket.destroy();
  });

  it("loses nothing when it reads on", async () => {
    const client = await open();
    client.socket.pause();
    client.send({ cmd: "count", args: { to: 500, bytes: 10_000 } });
    await until(() => home.seen.emitted > 10);
    client.socket.resume();
    expect((await client.rest()).map((line) => JSON.parse(line).n)).toEqual([...Array(500).keys()]);
  });

  it("has no more requests read while its replies pile up, and gets them all in the end", async () => {
    // Its pause lasts as long as the bystander's answer takes, which is not to cost it the connection.
    const patient = await fakeHome({ ...limits, patienceMs: 60_000 });
    const client = await RawClient.open(patient.paths.socket);
    const beside = await RawClient.open(patient.paths.socket);
    client.socket.pause();
    for (let id = 0; id < 300; id += 1) client.send({ cmd: "large", args: { bytes: 100_000 }, id });
    await beside.send({ cmd: "ping", id: "between" }).line();
    client.socket.resume();
    const ids = new Set<number>();
    while (ids.size < 300) ids.add((await client.json()).id);
    client.socket.destroy();
    await patient.dispose();
  });

  it("is told so and cut off when too much waits for it", async () => {
    const client = await open();
    client.socket.pause();
    client.send({ cmd: "hang", id: "h" });
    for (let id = 0; id < 5; id += 1) client.send({ cmd: "large", args: { bytes: mebibyte }, id });
    await until(() => home.seen.aborted === 1);
    client.socket.resume();
    const lines = await client.rest();
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ code: "slow_reader" });
  });

  it("has at most so many requests answered at a time", async () => {
    const client = await open();
    for (let id = 0; id < 1000; id += 1) client.send({ cmd: "hang", id });
    await until(() => home.seen.release.length >= 100);
    await bystander.send({ cmd: "ping", id: "between" }).line();
    expect(home.seen.release).toHaveLength(100);
    home.seen.release[0]?.();
    await until(() => home.seen.release.length === 101);
    client.socket.destroy();
  });
});
