import { createActor, setup } from "xstate";
import type { Clock, Timer } from "../base/clock.ts";
import type { DaemonLog } from "../base/daemon-log.ts";

/** The supervisor's own life: it admits missions only while it serves. The missions' actors are its children. */
export const supervisorMachine = setup({
  types: { events: {} as { type: "recovery.finished" } | { type: "shutdown.requested" } },
}).createMachine({
  id: "supervisor",
  initial: "recovering",
  states: {
    recovering: { on: { "recovery.finished": "serving", "shutdown.requested": "closing" } },
    serving: { on: { "shutdown.requested": "closing" } },
    closing: {},
  },
});

/** Starts the supervisor's actor. Its clock is that of every mission: delays of any length, on monotonic time. */
export function startSupervisorActor(clock: Clock, log: DaemonLog) {
  const timers = new Map<number, Timer>();
  let last = 0;
  const actor = createActor(supervisorMachine, {
    clock: {
      setTimeout(run: () => void, ms: number) {
        last += 1;
        const id = last;
        timers.set(
          id,
          clock.after(ms, () => {
            timers.delete(id);
            run();
          }),
        );
        return id;
      },
      clearTimeout(id: number) {
        timers.get(id)?.cancel();
        timers.delete(id);
      },
    },
  });
  actor.subscribe({ error: (error) => log.error({ err: error }, "the supervisor's machine failed") });
  return actor.start();
}

export type SupervisorActor = ReturnType<typeof startSupervisorActor>;
