import { beforeAll, describe, expect, it, vi } from "vitest";
import { ended, Stage } from "./stage.ts";

const silent = {
  type: "stall.detected",
  silentMs: 1,
  evidence: { cpu_ms: null, children_born: null, processes: null },
} as const;
const asks = { type: "agent.waits", waitingFor: "answer", until: null, note: "Bash: npm test" } as const;

/** How a mission with `--restart always` and a timeout comes into each state. */
const into: Record<string, (stage: Stage) => Stage> = {
  queued: (stage) => stage,
  starting: (stage) => stage,
  running: (stage) => stage.started(),
  "terminating, stopped": (stage) => stage.started().ask("stop"),
  "terminating, restarted": (stage) => stage.started().ask("restart"),
  "terminating, timed out": (stage) => stage.started().pass(60_000),
  "killing, killed": (stage) => stage.started().ask("kill"),
  "killing, stopped": (stage) => stage.started().ask("stop").pass(10_000),
  "killing, restarted": (stage) => stage.started().ask("restart").pass(10_000),
  "killing, timed out": (stage) => stage.started().pass(70_000),
  sweeping: (stage) => stage.started().ends({ isClean: false }),
  "sweeping, stopped": (stage) => stage.started().ask("stop").ends({ isClean: false }),
  "sweeping, restarted": (stage) => stage.started().ask("restart").ends({ isClean: false }),
  "sweeping, killed": (stage) => stage.started().ask("kill").ends({ isClean: false }),
  restarting: (stage) => stage.started().ends(),
  waiting: (stage) => stage.started().send(asks),
  "terminating, handed over": (stage) => stage.started().send({ type: "handover.requested", by: "cli" }),
  handedOver: (stage) => stage.started().send({ type: "handover.requested", by: "cli" }).ends(),
  paused: (stage) => stage.started().send({ type: "pause.requested", by: "cli" }),
  interrupting: (stage) => stage.started().send(silent),
  "terminating, out of memory": (stage) => stage.started().send({ type: "memory.exceeded", bytes: 1 }),
  "terminating, out of budget": (stage) => stage.started().send({ type: "budget.exceeded" }),
  "terminating, past its deadline": (stage) => stage.started().send({ type: "deadline.passed" }),
  parked: (stage) => stage.started().ends({ verdict: "rate_limited", exitCode: 1 }),
  ended: (stage) => stage.started().ask("stop").ends(),
};

const events: Record<string, (stage: Stage) => unknown> = {
  started: (stage) => stage.send({ type: "process.started", osPid: 1, isAdopted: false }),
  "ended clean": (stage) => stage.send(ended(0)),
  "ended unclean": (stage) => stage.send(ended(0, { isClean: false })),
  swept: (stage) => stage.send({ type: "process.swept", leftovers: [] }),
  stop: (stage) => stage.ask("stop"),
  restart: (stage) => stage.ask("restart"),
  kill: (stage) => stage.ask("kill"),
  "next timer": (stage) => stage.clock.step(),
  waits: (stage) => stage.send(asks),
  "goes on": (stage) => stage.send({ type: "agent.goes_on" }),
  "hand over": (stage) => stage.send({ type: "handover.requested", by: "cli" }),
  pause: (stage) => stage.send({ type: "pause.requested", by: "cli" }),
  unpause: (stage) => stage.send({ type: "unpause.requested", by: "cli" }),
  silence: (stage) => stage.send(silent),
  memory: (stage) => stage.send({ type: "memory.exceeded", bytes: 1 }),
  budget: (stage) => stage.send({ type: "budget.exceeded" }),
  deadline: (stage) => stage.send({ type: "deadline.passed" }),
  released: (stage) => stage.send({ type: "queue.released" }),
  refused: (stage) => stage.send({ type: "queue.refused", note: "" }),
};

// Every state under every event; `.` stays where it is.
const golden = `
state                          | started | ended clean | ended unclean | swept      | stop        | restart     | kill    | next timer  | waits   | goes on  | hand over   | pause  | unpause  | silence      | memory      | budget      | deadline    | released | refused
queued                         | .       | .           | .             | .          | ended       | .           | ended   | .           | .       | .        | .           | .      | .        | .            | .           | .           | ended       | starting | ended
starting                       | running | restarting  | sweeping      | .          | terminating | terminating | killing | .           | .       | .        | .           | .      | .        | .            | .           | .           | terminating | .        | .
running                        | .       | restarting  | sweeping      | .          | terminating | terminating | killing | terminating | waiting | .        | terminating | paused | .        | interrupting | terminating | terminating | terminating | .        | .
terminating, stopped           | .       | ended       | sweeping      | .          | .           | .           | killing | killing     | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
terminating, restarted         | .       | starting    | sweeping      | .          | .           | .           | killing | killing     | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
terminating, timed out         | .       | restarting  | sweeping      | .          | .           | .           | killing | killing     | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
killing, killed                | .       | ended       | sweeping      | .          | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
killing, stopped               | .       | ended       | sweeping      | .          | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
killing, restarted             | .       | starting    | sweeping      | .          | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
killing, timed out             | .       | restarting  | sweeping      | .          | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
sweeping                       | .       | .           | .             | restarting | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
sweeping, stopped              | .       | .           | .             | ended      | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
sweeping, restarted            | .       | .           | .             | starting   | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
sweeping, killed               | .       | .           | .             | ended      | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
restarting                     | .       | .           | .             | .          | ended       | starting    | ended   | starting    | .       | .        | .           | .      | .        | .            | .           | .           | ended       | .        | .
waiting                        | .       | restarting  | sweeping      | .          | terminating | terminating | killing | .           | .       | running  | terminating | .      | .        | .            | .           | terminating | terminating | .        | .
terminating, handed over       | .       | handedOver  | sweeping      | .          | .           | .           | killing | killing     | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
handedOver                     | .       | .           | .             | .          | ended       | starting    | ended   | .           | .       | .        | .           | .      | starting | .            | .           | .           | ended       | .        | .
paused                         | .       | restarting  | sweeping      | .          | terminating | terminating | killing | .           | .       | .        | .           | .      | running  | .            | .           | .           | terminating | .        | .
interrupting                   | .       | restarting  | sweeping      | .          | terminating | terminating | killing | terminating | .       | .        | .           | .      | .        | .            | .           | .           | terminating | .        | .
terminating, out of memory     | .       | restarting  | sweeping      | .          | .           | .           | killing | killing     | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
terminating, out of budget     | .       | parked      | sweeping      | .          | .           | .           | killing | killing     | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
terminating, past its deadline | .       | ended       | sweeping      | .          | .           | .           | killing | killing     | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
parked                         | .       | .           | .             | .          | ended       | starting    | ended   | .           | .       | starting | .           | .      | .        | .            | .           | .           | ended       | .        | .
ended                          | .       | .           | .             | .          | .           | .           | .       | .           | .       | .        | .           | .      | .        | .            | .           | .           | .           | .        | .
`;

function pairs(): { state: string; event: string; next: string }[] {
  const [names = [], ...rows] = golden
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return rows.flatMap(([state = "", ...cells]) =>
    cells.map((cell, column) => ({ state, event: names[column + 1] ?? "", next: cell === "." ? plain(state) : cell })),
  );
}

const plain = (state: string): string => state.split(",")[0] ?? "";

// XState's development build warns of every event sent to a machine that is over.
beforeAll(() => void vi.spyOn(console, "warn").mockReturnValue());

describe("the table of states and events", () => {
  it("has no hole", () => {
    expect(pairs()).toHaveLength(Object.keys(into).length * Object.keys(events).length);
  });

  it.each(pairs())("$state, on $event, is $next", ({ state, event, next }) => {
    const stage = new Stage({
      ...(plain(state) === "queued" ? { resume: { kind: "queued" } as const } : {}),
      policy: { restart: "always", timeoutMs: 60_000, autoResume: true, onStall: "interrupt" },
    });
    into[state]?.(stage);
    expect(stage.state).toBe(plain(state));
    events[event]?.(stage);
    expect(stage.state).toBe(next);
  });
});
