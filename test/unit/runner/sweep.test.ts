import { describe, expect, it } from "vitest";
import type { ProcessStat } from "../../../src/runner/identity.ts";
import { isKeptProgram, type SweepOptions, sweep } from "../../../src/runner/sweep.ts";

type Nature = "obeys" | "ignores_term" | "unkillable" | "ends_by_itself";

interface Fake {
  readonly pid: number;
  readonly nature: Nature;
  readonly name?: string;
  readonly endsAt?: number;
}

/** A world of leftovers with a clock of its own, which only waiting moves. */
function world(
  fakes: readonly Fake[],
  { hurriedAt = Number.POSITIVE_INFINITY, spawnOn = 0, short = [0, 0] as readonly [number, number] } = {},
) {
  let now = 0;
  // Without descriptors nothing of a process can be read, and so none be signalled for certain.
  const isShort = () => now >= short[0] && now < short[1];
  const gone = new Set<number>();
  const sent: string[] = [];
  const born: Fake[] = [...fakes];
  const lives = ({ pid, endsAt = Number.POSITIVE_INFINITY }: Fake) => !gone.has(pid) && now < endsAt;
  const rowOf = ({ pid, name = "tool" }: Fake): ProcessStat => ({
    pid,
    name,
    state: "S",
    parent: 100,
    group: pid,
    session: pid,
    start: String(pid),
  });
  const shimRow: ProcessStat = { pid: 100, name: "shim", state: "S", parent: 1, group: 100, session: 100, start: "1" };
  return {
    sent,
    now: () => now,
    run: (options: SweepOptions) =>
      sweep(
        {
          clock: { now: () => now, monotonic: () => now, after: () => ({ cancel: () => undefined }) },
          subject: () => ({
            mission: "m",
            home: "/h",
            shim: { pid: 100, start: "1" },
            agent: { pid: 5, start: "5" },
            isSessionTrusted: true,
          }),
          pause: async (ms) => {
            now += ms;
          },
          isHurried: () => now >= hurriedAt,
          processes: {
            ownPid: 1,
            markersOf: () => ({ daemon: null, mission: null, home: null }),
            table: async () => {
              if (isShort()) throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
              return [shimRow, ...born.filter(lives).map(rowOf)];
            },
            isRunning: ({ pid }) => born.some((fake) => fake.pid === pid && lives(fake)),
            commandOf: ({ name }) => name,
            signal: ({ pid }, signal) => {
              if (isShort()) return false;
              sent.push(`${pid} ${signal}`);
              if (spawnOn === pid) born.push({ pid: 1000 + sent.length, nature: "obeys" });
              const nature = born.find((fake) => fake.pid === pid)?.nature;
              const isDeadly =
                signal === "SIGKILL"
                  ? nature !== "unkillable"
                  : signal === "SIGTERM" && (nature === "obeys" || nature === "ends_by_itself");
              if (isDeadly) gone.add(pid);
              return true;
            },
          },
        },
        options,
      ),
  };
}

const stopped: SweepOptions = { isNatural: false, keepNames: ["tmux"] };
const natural: SweepOptions = { ...stopped, isNatural: true };

describe("a sweep", () => {
  it.each([
    ["from the first look on", [0, 5000], natural],
    ["when the signals are due", [1900, 2600], natural],
    ["between two looks", [5, 700], stopped],
  ] as const)("ends what is left also where nothing can be seen for a while: %s", async (_, short, options) => {
    const { run, sent } = world([{ pid: 10, nature: "obeys" }], { short });
    expect(await run(options)).toEqual([{ pid: 10, command: "tool", fate: "ended" }]);
    expect(sent).toEqual(["10 SIGTERM", "10 SIGCONT"]);
  });

  it("does nothing where nothing is left", async () => {
    const empty = world([]);
    expect(await empty.run(natural)).toEqual([]);
    expect(empty.now()).toBe(0);
  });

  it("ends what obeys SIGTERM, waking it first when it is frozen", async () => {
    const one = world([{ pid: 7, nature: "obeys" }]);
    expect(await one.run(stopped)).toEqual([{ pid: 7, command: "tool", fate: "ended" }]);
    expect(one.sent).toEqual(["7 SIGTERM", "7 SIGCONT"]);
  });

  it("kills what ignores SIGTERM after the grace", async () => {
    const stubborn = world([{ pid: 7, nature: "ignores_term" }]);
    expect(await stubborn.run({ ...stopped, graceMs: 300 })).toEqual([{ pid: 7, command: "tool", fate: "ended" }]);
    expect(stubborn.sent.at(-1)).toBe("7 SIGKILL");
    expect(stubborn.now()).toBeGreaterThanOrEqual(300);
    expect(stubborn.now()).toBeLessThan(600);
  });

  it("begins with SIGKILL when there is no grace", async () => {
    const one = world([{ pid: 7, nature: "obeys" }]);
    await one.run({ ...stopped, graceMs: 0 });
    expect(one.sent).toEqual(["7 SIGKILL"]);
  });

  it("gives up on what the kernel does not end, and says so", async () => {
    const stuck = world([
      { pid: 7, nature: "unkillable" },
      { pid: 8, nature: "obeys" },
    ]);
    expect(await stuck.run(stopped)).toEqual([
      { pid: 8, command: "tool", fate: "ended" },
      { pid: 7, command: "tool", fate: "unkillable" },
    ]);
    expect(stuck.now()).toBeLessThan(8000);
  });

  it("after a natural end lets processes end by themselves and does not list them", async () => {
    const brief = world([{ pid: 7, nature: "ends_by_itself", endsAt: 400 }]);
    expect(await brief.run(natural)).toEqual([]);
    expect(brief.sent).toEqual([]);
    expect(brief.now()).toBeLessThan(700);
  });

  it("ends what has not ended by itself in 2 s", async () => {
    const slow = world([{ pid: 7, nature: "obeys" }]);
    expect(await slow.run(natural)).toHaveLength(1);
    expect(slow.now()).toBeGreaterThanOrEqual(2000);
  });

  it("waits no longer once somebody kills", async () => {
    const slow = world([{ pid: 7, nature: "ignores_term" }], { hurriedAt: 500 });
    await slow.run(natural);
    expect(slow.now()).toBeLessThan(800);
    expect(slow.sent).toEqual(["7 SIGKILL"]);
  });

  it("lists kept programs without ending them or waiting for them", async () => {
    const shared = world([{ pid: 7, nature: "obeys", name: "tmux: server" }]);
    expect(await shared.run(natural)).toEqual([{ pid: 7, command: "tmux: server", fate: "kept" }]);
    expect(shared.sent).toEqual([]);
    expect(shared.now()).toBe(0);
  });

  it("ends what a dying process still starts", async () => {
    const fertile = world([{ pid: 7, nature: "ignores_term" }], { spawnOn: 7 });
    expect((await fertile.run({ ...stopped, graceMs: 100 })).every(({ fate }) => fate === "ended")).toBe(true);
  });

  it("does not list the agent itself", async () => {
    expect(await world([{ pid: 5, nature: "obeys" }]).run(stopped)).toEqual([]);
  });
});

describe("a kept program", () => {
  const names = ["gpg-agent", "ssh", "tmux", "dbus-daemon"];

  it.each([
    ["gpg-agent", "gpg-agent --homedir /root/.gnupg --daemon"],
    ["gpg-agent", "/usr/bin/gpg-agent --daemon"],
    ["tmux: server", "tmux new-session -d"],
    ["dbus-daemon", "/usr/bin/dbus-daemon --fork"],
    ["ssh", "ssh: /tmp/cm-host:22 [mux]"],
  ])("%s: %s", (name, command) => {
    expect(isKeptProgram(name, command, names)).toBe(true);
  });

  it.each([
    ["ssh", "ssh host sleep 100"],
    ["sh", "sh -c tmux"],
    ["node", "node gpg-agent.js"],
  ])("is not %s: %s", (name, command) => {
    expect(isKeptProgram(name, command, names)).toBe(false);
  });
});
