import { describe, expect, it } from "vitest";
import { hang, say } from "../../support/model-server/answer.ts";
import { until } from "../../support/until.ts";
import { patience, RealHome, type RealKind } from "./real-home.ts";

describe.concurrent("a session whose model hangs", () => {
  // The third speaks the Agent Client Protocol.
  it.each(["claude", "codex", "gemini"] satisfies RealKind[])(
    "of %s is interrupted when it was silent for too long, and lives on",
    async (kind) => {
      const home = new RealHome(kind);
      try {
        const seat = await home.seat([hang("I begin"), say("Here again.")]);
        const id = await seat.session("--activity-timeout", "8s");
        // Starting one of them on a busy machine is silence too, and with a message waiting it would count.
        if (kind === "claude") await seat.wrote(id, "{");
        else await until("its conversation to be open", async () => (await home.info(id)).session_id !== null, patience);
        expect((await seat.send(id, "hang")).code).toBe(1);
        const pid = await home.agentPid(id);
        expect((await seat.send(id, "again")).stdout).toBe("Here again.\n");
        expect(await home.info(id)).toMatchObject({ os_pid: pid, attempt: 1, restart_count: 0, status: "running" });
        expect((await home.run(["logs", id])).stdout).toContain("--- interrupted: no activity for 8s ---");
      } finally {
        await home.dispose();
      }
    },
  );
});
