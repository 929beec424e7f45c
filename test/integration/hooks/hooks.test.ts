import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Home, startHome } from "../../support/home.ts";
import { isAlive } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const homes: Home[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.dispose();
});

function hooked(config: string): Home {
  const home = startHome({ config });
  homes.push(home);
  return home;
}

const hook = (name: string, on: string, run: string, rest = "") =>
  `[[hooks]]\nname = "${name}"\non = "${on}"\nrun = '''${run}'''\n${rest}\n`;
const text = (home: Home, file: string) => (existsSync(join(home.home, file)) ? readFileSync(join(home.home, file), "utf8") : "");
const lines = (home: Home, file: string) => text(home, file).split("\n").filter(Boolean);
const seqs = (home: Home, file: string): number[] => lines(home, file).map((line) => JSON.parse(line).seq);
const viewOf = async (home: Home, name: string) => (await home.ask("hooks")).find((one: { name: string }) => one.name === name);
const inOrder = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

describe("a hook", () => {
  it("gets the events of its pattern as JSON on its standard input, in order", async () => {
    const home = hooked(hook("all", "mission.*", 'cat >> got; echo "$OVERMIND_EVENT $OVERMIND_HOOK" >> names'));
    for (let n = 0; n < 5; n += 1) await home.wait(await home.start(`exit ${n}`));
    const wanted = (await home.run(["events", "--json", "--type", "mission.*"])).stdout;
    await until("all events", () => lines(home, "got").length >= wanted.trim().split("\n").length, {
      seen: () => text(home, "got"),
    });
    expect(text(home, "got")).toBe(wanted);
    // The last event is written before its delivery is stored.
    await until("the last delivery on record", async () => {
      const { state, lag } = await viewOf(home, "all");
      return state === "idle" && lag === 0;
    });
    expect(lines(home, "names")[0]).toBe("mission.created all");
    expect(await viewOf(home, "all")).toMatchObject({ state: "idle", lag: 0, dead: [], tries: 0 });
  });

  it("new to a running daemon begins with the next event, and may go again", async () => {
    const home = hooked("");
    await home.wait(await home.start("true"));
    writeFileSync(join(home.home, "config.toml"), hook("late", "mission.created", "cat >> got"));
    await until("the hook to be known", async () => (await home.ask("hooks")).length === 1);
    const id = await home.start("true");
    await until("its event", () => lines(home, "got").length > 0);
    expect(lines(home, "got").map((line) => JSON.parse(line).mission)).toEqual([id]);
    writeFileSync(join(home.home, "config.toml"), "");
    await until("the hook to be gone", async () => (await home.ask("hooks")).length === 0);
  });

  it("that failed gets its event again, and nobody else waits for it", async () => {
    const home = hooked(
      hook("flaky", "mission.ended", "cat >> tried; test -e mended") + hook("sound", "mission.ended", "cat >> sound"),
    );
    const id = await home.start("true");
    await home.wait(id);
    await until("the sound one", () => lines(home, "sound").length === 1);
    await until("a failure on record", async () => (await viewOf(home, "flaky")).last_error === "exit code 1");
    writeFileSync(join(home.home, "mended"), "");
    await until("the delivery", async () => (await viewOf(home, "flaky")).delivered === 1);
    expect(lines(home, "tried").length).toBeGreaterThanOrEqual(2);
    expect(new Set(lines(home, "tried")).size).toBe(1);
  });

  it("that hangs is killed with its group, given up, listed, and delivered again when asked", async () => {
    const home = hooked(
      hook(
        "hung",
        "mission.ended",
        "test -e mended && exit 0; sleep 1000 & echo $! >> pids; wait",
        'timeout = "3s"\nretries = 0',
      ),
    );
    const id = await home.start("true");
    await home.wait(id);
    await until("a dead delivery", async () => (await viewOf(home, "hung")).dead.length === 1);
    const pids = lines(home, "pids").map(Number);
    await until("its processes to be gone", () => pids.length > 0 && !pids.some(isAlive));
    expect((await home.run(["hooks"])).stdout).toMatch(
      /given up: event \d+ mission\.ended \w+ after 1 try: did not end within 3s/,
    );
    const dead = (await home.run(["events", "--json", "--type", "hook.dead"])).stdout;
    expect(JSON.parse(dead).data).toMatchObject({ hook: "hung", tries: 1 });
    writeFileSync(join(home.home, "mended"), "");
    expect((await home.run(["hooks", "retry", "hung"])).stdout).toBe("Trying 1 delivery again\n");
    await until("the delivery", async () => (await viewOf(home, "hung")).delivered === 1);
    expect((await viewOf(home, "hung")).dead).toEqual([]);
    expect(await home.run(["hooks", "retry", "nobody"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no hook is called nobody"),
    });
    expect(await home.run(["hooks", "revive"])).toMatchObject({ code: 2 });
  });

  it("that prints 100 MB harms nothing: the daemon answers meanwhile", async () => {
    const home = hooked(
      hook("loud", "mission.ended", "head -c 100000000 /dev/zero; head -c 1000 /dev/zero >&2; exit 9", "retries = 0"),
    );
    const id = await home.start("true");
    await home.wait(id);
    let slowest = 0;
    await until("its end", async () => {
      const began = performance.now();
      const { dead } = await viewOf(home, "loud");
      slowest = Math.max(slowest, performance.now() - began);
      return dead.length === 1;
    });
    expect(slowest).toBeLessThan(1000);
    expect((await home.ask("status")).memory_mb).toBeLessThan(250);
  });

  it("misses nothing when the daemon is killed again and again, and keeps its order", async () => {
    const home = hooked(hook("all", "mission.ended", "sleep 0.05; cat >> got"));
    const ids: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 5; n += 1) ids.push(await home.start("true"));
      for (const id of ids) await home.wait(id);
      await home.killDaemon();
    }
    await home.run(["start"]);
    const wanted = (await home.run(["events", "--json", "--type", "mission.ended"])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).seq);
    expect(wanted).toHaveLength(15);
    await until("all of them", () => new Set(seqs(home, "got")).size === 15, { seen: () => seqs(home, "got") });
    const got = seqs(home, "got");
    expect([...new Set(got)]).toEqual(wanted);
    expect(got).toEqual(inOrder(got));
  });

  it("does not outlive a daemon that ends, nor one that was killed once the next is there", async () => {
    const home = hooked(hook("hung", "mission.created", "echo $$ >> pids; exec sleep 1000"));
    await home.start("true");
    const [first] = await until("the hook to run", () => lines(home, "pids").length === 1 && lines(home, "pids").map(Number));
    await home.run(["shutdown"]);
    await until("it to be gone", () => !isAlive(first ?? 0));
    await home.run(["start"]);
    await until("it to run again", () => lines(home, "pids").length === 2);
    const second = Number(lines(home, "pids")[1]);
    await home.killDaemon();
    expect(isAlive(second)).toBe(true);
    await home.run(["start"]);
    await until("the former one to be gone, and another to run", () => !isAlive(second) && lines(home, "pids").length === 3);
  });

  it("is no part of any mission: a kill of all spares it, and what it runs is a mission of its own", async () => {
    const home = hooked(hook("chain", "mission.stalled", "true") + hook("slow", "mission.created", "sleep 1; cat >> got"));
    await home.start("sleep 1000");
    await home.run(["kill", "--all"]);
    await until("the hook to end well", () => lines(home, "got").length === 1);
    expect(await viewOf(home, "slow")).toMatchObject({ last_error: null });
  });
});
