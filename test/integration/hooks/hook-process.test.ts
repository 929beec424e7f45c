import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { endFormerHook, type HookRequest, startHook } from "../../../src/runner/hook-process.ts";
import { hostIdentity } from "../../../src/runner/identity.ts";
import { plainEnvironment, runMarker } from "../../support/home.ts";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const directory = mkdtempSync(`/tmp/om-${runMarker}-`);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const hook = (run: HookRequest["run"], changes: Partial<HookRequest> = {}) =>
  startHook({ run, cwd: directory, environment: plainEnvironment(), input: "hello\n", timeoutMs: 20_000, ...changes });

const written = (name: string) => readFileSync(join(directory, name), "utf8");
const pidIn = (name: string) => until(`a pid in ${name}`, () => existsSync(join(directory, name)) && Number(written(name)));

describe("a hook's process", () => {
  it("reads its input in the directory it is given", async () => {
    expect(await hook("cat > got; pwd").ended).toMatchObject({ error: null, output: `${directory}\n` });
    expect(written("got")).toBe("hello\n");
  });

  it("is run without a shell when it is words", async () => {
    expect(await hook(["printf", "%s|", "a b", "$HOME"]).ended).toEqual({ error: null, output: "a b|$HOME|" });
  });

  it.each([
    ["exit 3", "exit code 3"],
    ["kill -SEGV $$", "was ended by SIGSEGV"],
  ])("that ends by %s says so", async (line, error) => {
    expect((await hook(line).ended).error).toBe(error);
  });

  it("that cannot be run says so", async () => {
    expect((await hook(["/nowhere/at-all"]).ended).error).toMatch(/^cannot be run: .*ENOENT/);
    expect((await hook(["a\0b"]).ended).error).toMatch(/^cannot be run: /);
  });

  it("need not read its input, however long", async () => {
    expect((await hook("exec true", { input: "x".repeat(1_000_000) }).ended).error).toBeNull();
  });

  it("that hangs is killed with its whole group at its timeout", async () => {
    const running = hook("sleep 1000 & echo $! > child; trap '' TERM; wait; sleep 1000", { timeoutMs: 3000 });
    expect((await running.ended).error).toBe("did not end within 3s and was killed");
    const child = await pidIn("child");
    await until("its child to be gone", () => !isAlive(child));
  });

  it("that prints 100 MB costs no memory, and its last words are kept", async () => {
    const before = process.memoryUsage.rss();
    const { error, output } = await hook("head -c 100000000 /dev/zero | tr '\\0' x; echo; echo the end").ended;
    expect([error, output.length <= 2000, output.endsWith("\nthe end\n")]).toEqual([null, true, true]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 1024 * 1024);
  });

  it("takes along what it left in its group, and is not kept waiting by it", async () => {
    const { error } = await hook("sleep 1000 & echo $! > left").ended;
    expect(error).toBeNull();
    const left = await pidIn("left");
    await until("it to be gone", () => !isAlive(left));
  });

  it("ends soon when it is asked to, also where it does not want to", async () => {
    const running = hook("trap '' TERM; echo $$ > stubborn; while :; do sleep 0.05; done");
    await pidIn("stubborn");
    running.end();
    expect((await running.ended).error).toBe("was ended by SIGKILL");
  });

  it.skipIf(process.platform !== "linux")("of a former daemon is ended by its identity, and nobody else is", async () => {
    const running = hook("sleep 1000");
    const { identity } = running;
    endFormerHook(JSON.stringify({ ...identity, start: "1", ...hostIdentity() }), hostIdentity());
    endFormerHook(JSON.stringify({ ...identity, ...hostIdentity(), boot: "other" }), hostIdentity());
    expect(isAlive(identity?.pid ?? 0)).toBe(true);
    endFormerHook(JSON.stringify({ ...identity, ...hostIdentity() }), hostIdentity());
    expect((await running.ended).error).toBe("was ended by SIGKILL");
  });
});
