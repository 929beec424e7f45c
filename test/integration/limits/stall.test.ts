import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";
import { isAlive } from "../../support/processes.ts";

const home = startHome();
afterAll(() => home.dispose());

/** The data of a mission's events of one type, oldest first. */
async function eventsOf(id: string, type: string) {
  const { stdout } = await home.run(["events", "--json", "--mission", id, "--type", type]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).data);
}

describe("an activity timeout", () => {
  it("ends a command that prints nothing: crashed, stalled, with a marker in the log", async () => {
    const id = await home.start("--activity-timeout", "2", "echo hi; sleep 60");
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "stalled" });
    expect((await home.run(["logs", id])).stdout).toBe("hi\n--- killed: no activity for 2s ---\n");
    const [attempt] = (await home.info(id)).attempts;
    const ranMs = Date.parse(attempt.ended_at) - Date.parse(attempt.started_at);
    expect(ranMs).toBeGreaterThan(1900);
    expect(ranMs).toBeLessThan(4000);
    expect(await eventsOf(id, "mission.stalled")).toMatchObject([
      { on_stall: "kill", evidence: { children_born: 0, processes: 2, cpu_ms: expect.any(Number) } },
    ]);
  });

  it("leaves alone a command that prints more often than that", async () => {
    const id = await home.start("--activity-timeout", "3s", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.8; done");
    expect(await home.wait(id)).toMatchObject({ status: "stopped", reason: "completed" });
    expect(await eventsOf(id, "mission.stalled")).toEqual([]);
  });

  it("is accepted on the wire, and the restart policy follows", async () => {
    const { id } = await home.ask("run", {
      command: "sleep 60",
      activity_timeout: 0.3,
      restart: "on_failure",
      max_restarts: 1,
      backoff: 0,
    });
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "stalled" });
    expect((await home.info(id)).attempts.map(({ reason }: { reason: string }) => reason)).toEqual(["stalled", "stalled"]);
    expect((await home.run(["logs", id])).stdout.match(/--- killed: no activity for 0.3s ---/g)).toHaveLength(2);
  });

  it("with --on-stall notify never touches a command that is silent and works, and keeps the evidence", async () => {
    const id = await home.start(
      ...["--activity-timeout", "1500ms", "--on-stall", "notify"],
      "perl -e '$| = 1; $end = time + 4; 1 while time < $end; print qq(done\\n); sleep 3'",
    );
    await home.printed(id, "done");
    const [{ on_stall, evidence }] = await eventsOf(id, "mission.stalled");
    expect({ on_stall, evidence }).toMatchObject({ on_stall: "notify", evidence: { processes: expect.any(Number) } });
    expect(evidence.cpu_ms).toBeGreaterThan(50);
    expect(await home.wait(id)).toMatchObject({ status: "stopped", exit_code: 0 });
    // One for each silence, however long.
    expect(await eventsOf(id, "mission.stalled")).toHaveLength(2);
  });

  it("with --on-stall interrupt sends SIGINT first, then ends it as stop does", async () => {
    const script = "trap 'echo interrupted' INT; trap 'echo terminated; exit 9' TERM; while :; do sleep 0.05; done";
    const id = await home.start(
      "--activity-timeout",
      "500ms",
      "--on-stall",
      "interrupt",
      "--grace",
      "3s",
      "--",
      "bash",
      "-c",
      script,
    );
    expect(await home.wait(id)).toMatchObject({ status: "crashed", reason: "stalled", exit_code: 9 });
    expect(await home.logs(id)).toMatch(/interrupted\n(.*\n)*terminated\n/);
  });

  it("does not count the time in which no daemon ran", async () => {
    const id = await home.start("--activity-timeout", "4s", "sleep 60");
    const pid = await home.agentPid(id);
    await home.killDaemon();
    await new Promise((resolve) => setTimeout(resolve, 4300));
    const before = performance.now();
    expect((await home.run(["start"])).code).toBe(0);
    expect(isAlive(pid)).toBe(true);
    expect(await home.wait(id)).toMatchObject({ reason: "stalled" });
    expect(performance.now() - before).toBeGreaterThan(3900);
  });
});
