import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { homePaths } from "../../../src/base/paths.ts";
import { dial } from "../../../src/client/dial.ts";
import { OvermindClient } from "../../../src/client/overmind-client.ts";
import { type FakeHome, fakeHome, until } from "../wire/fake-home.ts";

let home: FakeHome;
let client: OvermindClient;
beforeEach(async () => {
  home = await fakeHome();
  client = await OvermindClient.open({ paths: home.paths, autostart: false });
});
afterEach(async () => {
  client.close();
  await home.dispose();
});

describe("a request", () => {
  it("is answered, or throws what the daemon refused with", async () => {
    expect(await client.ping()).toBe("pong");
    await expect(client.request("refuse")).rejects.toMatchObject({ name: "OvermindError", code: "not_found" });
    await expect(client.request("typed", { n: "x" })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { field: "n" },
    });
  });

  it("may be one of a thousand at once, also while others wait", async () => {
    const waits = Array.from({ length: 1200 }, () => client.request("hang"));
    for (const wait of waits) wait.catch(() => {});
    const numbers = await Promise.all(Array.from({ length: 1000 }, (_, n) => client.request<number>("typed", { n })));
    expect(numbers).toEqual([...Array(1000).keys()]);
    await until(() => home.seen.release.length === 1200);
    for (const release of home.seen.release) release();
    expect(await Promise.all(waits)).toHaveLength(1200);
  });

  it("is taken back by its signal", async () => {
    const taken = new AbortController();
    const waiting = client.request("hang", {}, { signal: taken.signal });
    await until(() => home.seen.release.length === 1);
    taken.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await until(() => home.seen.aborted === 1);
    expect(await client.ping()).toBe("pong");
  });

  it("that is too large is not sent", async () => {
    await expect(client.request("ping", { pad: "x".repeat(9_000_000) })).rejects.toMatchObject({ code: "frame_too_large" });
    expect(await client.ping()).toBe("pong");
  });

  it("fails when the client is closed", async () => {
    const waiting = client.request("hang");
    await until(() => home.seen.release.length === 1);
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("a stream", () => {
  it("gives its events, then its answer", async () => {
    const stream = client.stream<{ n: number }>("count", { to: 5000 });
    let n = 0;
    for (let next = await stream.next(); !next.done; next = await stream.next()) expect(next.value.n).toBe(n++);
    expect(n).toBe(5000);
  });

  it("throws what the daemon failed with, after what came before", async () => {
    const seen: number[] = [];
    const reading = async () => {
      for await (const { n } of client.stream<{ n: number }>("count", { to: 9, failAt: 3 })) seen.push(n);
    };
    await expect(reading()).rejects.toMatchObject({ code: "not_found" });
    expect(seen).toEqual([0, 1, 2]);
  });

  it("is cancelled when its reader leaves", async () => {
    for await (const _ of client.stream("ticks")) break;
    await until(() => home.seen.aborted === 1);
    expect(await client.ping()).toBe("pong");
  });

  it("is cancelled by its signal", async () => {
    const taken = new AbortController();
    const reading = async () => {
      for await (const _ of client.stream("ticks", {}, { signal: taken.signal })) taken.abort(new Error("enough"));
    };
    await expect(reading()).rejects.toThrow("enough");
    await until(() => home.seen.aborted === 1);
  });

  it("waits for a slow reader, who may ask other things meanwhile", async () => {
    const seen: number[] = [];
    for await (const { n } of client.stream<{ n: number }>("count", { to: 3000, bytes: 5000 })) {
      if (n % 500 === 0) {
        expect(await client.ping()).toBe("pong");
        expect(home.seen.emitted - n).toBeLessThan(1500);
      }
      seen.push(n);
    }
    expect(seen).toEqual([...Array(3000).keys()]);
  });
});

describe("what answers on the socket", () => {
  it("must be the daemon of this home", async () => {
    const other = homePaths({ OVERMIND_HOME: mkdtempSync("/tmp/om-c-") });
    const imposter = { ...other, socket: home.paths.socket };
    await expect(dial(imposter)).rejects.toMatchObject({
      code: "home_unusable",
      message: expect.stringContaining(home.paths.home),
    });
    rmSync(other.home, { recursive: true });
  });

  it("must answer in time", async () => {
    const paths = homePaths({ OVERMIND_HOME: mkdtempSync("/tmp/om-c-") });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(paths.socket, resolve));
    await expect(dial(paths, { helloMs: 50 })).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("has not answered"),
    });
    silent.close();
    rmSync(paths.home, { recursive: true });
  });
});
