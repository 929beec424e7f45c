import { afterAll, describe, expect, it } from "vitest";
import { overmindPath, startHome } from "../../support/home.ts";
import { Spawned } from "../../support/spawned.ts";

const home = startHome();
afterAll(() => home.dispose());

/** A command on a terminal whose keyboard it does not have. */
const withoutKeyboard = (command: string) =>
  new Spawned("script", ["-qec", `stty cols 80 rows 24; ${overmindPath} ${command} < /dev/null`, "/dev/null"], {
    env: { ...home.env, TERM: "xterm-256color" },
    openInput: true,
  });

/** `overmind monitor` on a pseudo terminal of 80 columns and 12 lines. */
const onTerminal = (...flags: string[]) =>
  new Spawned("script", ["-qec", `stty cols 80 rows 12; ${overmindPath} monitor ${flags.join(" ")}`, "/dev/null"], {
    env: { ...home.env, TERM: "xterm-256color" },
    openInput: true,
  });

describe("monitor", () => {
  it("without a terminal prints status and missions once", async () => {
    await home.start("--name", "first", "sleep 1000");
    const { code, stdout } = await home.run(["monitor"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Overmind \S+ runs: pid \d+/);
    expect(stdout).toMatch(/^ID +NAME[\s\S]*first/m);
    expect(stdout).not.toContain("\u001b");
  });

  it("tells a program the same as JSON", async () => {
    const { code, stdout } = await home.run(["monitor", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: { home: home.home }, missions: [{ name: "first", status: "running" }] });
  });

  it.each(["monitor", "top"])("on a terminal without a keyboard, which could not end it, prints once: %s", async (command) => {
    const { code, stdout } = await withoutKeyboard(command).finished;
    expect(code).toBe(0);
    expect(stdout).toContain("first");
    expect(stdout).not.toContain("\u001b[?1049h");
  });

  it("on a terminal shows what happens as it happens, and q gives the screen back", async () => {
    const monitor = onTerminal("--interval", "60");
    await monitor.says("first");
    await home.start("--name", "second", "sleep 1000");
    await monitor.says("second");
    monitor.child.stdin?.write("q");
    expect((await monitor.finished).code).toBe(0);
    expect(monitor.stdout.indexOf("\u001b[?1049h")).toBeGreaterThanOrEqual(0);
    expect(monitor.stdout.trimEnd().endsWith("\u001b[?1049l")).toBe(true);
  });

  it("goes on with the next daemon, and Ctrl-C ends it", async () => {
    const monitor = onTerminal("--interval", "0.3");
    await monitor.says("second");
    await home.killDaemon();
    await home.start("--name", "third", "sleep 1000");
    await monitor.says("third");
    monitor.child.stdin?.write("\u0003");
    expect((await monitor.finished).code).toBe(0);
  });

  it("never draws more lines than the terminal has", async () => {
    for (let n = 0; n < 12; n += 1) await home.start(`: ${n}`);
    const monitor = onTerminal();
    await monitor.says("more: overmind ps");
    monitor.child.stdin?.write("q");
    const { stdout } = await monitor.finished;
    for (const drawing of stdout.split("\u001b[H").slice(1)) {
      expect((drawing.split("\u001b[J")[0] ?? "").split("\n").length).toBeLessThanOrEqual(12);
    }
  });

  it("shows what lives, however many newer missions have ended", async () => {
    const monitor = onTerminal();
    await monitor.says("more: overmind ps");
    await monitor.says("first");
    monitor.child.stdin?.write("q");
    const drawings = (await monitor.finished).stdout.split("\u001b[H").slice(1);
    for (const name of ["first", "second", "third"]) expect(drawings[0]).toContain(name);
  });
});
