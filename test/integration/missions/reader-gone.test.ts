import { afterAll, describe, expect, it } from "vitest";
import { Home } from "../../support/home.ts";
import { processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

const home = new Home();
afterAll(() => home.dispose());

// Only Linux tells at once that nobody reads a pipe any more.
describe.runIf(process.platform === "linux")("what follows, when its reader goes", () => {
  it.each([["logs -f quiet"], ["events -f"], ["subscribe --from-start quiet"]])(
    "ends at once, and not when something is written the next time: overmind %s | head -1",
    async (words) => {
      if (!(await isThere("quiet")))
        await home.start("--name", "quiet", "--type", "session", "--", "sh", "-c", "echo first; exec sleep 600");
      await home.printed("quiet", "first");
      const { code, stdout, stderr } = await home.shell(`overmind ${words} | head -1`, { timeoutMs: 30_000 });
      expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/./), ""]);
      await until("its watch to be gone", () => processesWith(home.home).every(({ command }) => !command.includes("vec($ready")));
    },
  );

  it.each([
    ["has nothing more to write", "echo first; exec sleep 600"],
    ["writes on", "while echo first; do sleep 0.1; done"],
  ])("leaves a mission that %s, and run -f says how to get back", async (_what, work) => {
    const { code, stdout, stderr } = await home.shell(`overmind run -f --name left '${work}' | head -1`, { timeoutMs: 30_000 });
    expect([code, stdout]).toEqual([0, "first\n"]);
    expect(stderr).toMatch(
      /\nNobody reads this any more\. Mission left goes on, unless it has ended\. Back to it: overmind logs -f left\n$/,
    );
    expect(await home.info("left")).toMatchObject({ status: "running" });
    await home.run(["kill", "left"]);
  });

  it("says nothing of it while run -f is read to the end", async () => {
    const { stdout, stderr } = await home.shell("overmind run -f 'echo one; sleep 1; echo two' | cat");
    expect([stdout, stderr]).toEqual([
      "one\ntwo\n",
      expect.stringMatching(/^Started mission .+\nMission \w+ finished: stopped \(exit code 0\)\n$/),
    ]);
  });

  it("goes on while it is read", async () => {
    const id = await home.start("echo one; sleep 1; echo two");
    expect((await home.shell(`overmind logs -f ${id} | cat`)).stdout).toBe("one\ntwo\n");
  });

  it.each(["ps", "ps --json", "logs wordy"])(
    "a full disk behind its output is not taken for the home's: overmind %s",
    async (words) => {
      if (!(await isThere("wordy"))) await home.start("--name", "wordy", "seq 100000");
      await home.run(["wait", "wordy"]);
      const { code, stderr } = await home.shell(`overmind ${words} > /dev/full`);
      expect([code, stderr]).toEqual([125, "Error: standard output cannot be written: its disk is full (disk_full)\n"]);
    },
  );

  it("leaves no watch behind when it is killed, and its reader sees the end", async () => {
    const id = await home.start("echo one; exec sleep 600");
    // Its reader says so when it sees the end of the pipe, which the watch must not hold open.
    const line = `{ overmind logs -f ${id} & echo $! > "$OVERMIND_HOME/follower"; wait; } | { read -r line; sleep 1; kill -9 "$(cat "$OVERMIND_HOME/follower")"; cat; echo "end after $line"; }`;
    expect((await home.shell(line, { timeoutMs: 30_000 })).stdout).toContain("end after one");
  });
});

const isThere = async (name: string): Promise<boolean> => (await home.info(name).catch(() => null)) !== null;
