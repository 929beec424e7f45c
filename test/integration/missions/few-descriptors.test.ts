import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Home, startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

let home: Home;
afterEach(() => home.dispose());

// prlimit(1) of util-linux.
describe.skipIf(process.platform !== "linux")("a daemon without a descriptor left", () => {
  it("forgets a mission, and removes its files as soon as it can", async () => {
    home = startHome();
    const id = await home.start("echo kept");
    await home.wait(id);
    const pid = (await home.daemonPid()) ?? 0;
    const limit = (count: number) => execFileSync("prlimit", ["--pid", String(pid), `--nofile=${count}:`]);
    // A connection needs a descriptor itself: it is made before.
    const client = await home.client();
    await client.ping();
    const files = join(home.home, "missions", id);
    limit(3);
    expect(await client.remove(id)).toBe(true);
    expect(await client.list({ all: true })).toEqual([]);
    expect(existsSync(files)).toBe(true);
    limit(4096);
    await until("its files to be gone", () => !existsSync(files));
    expect(await home.daemonPid()).toBe(pid);
  });
});
