import { beforeAll, describe, expect, it, vi } from "vitest";
import { ended, Stage } from "./stage.ts";

/** How a mission with `--restart always` and a timeout comes into each state. */
const into: Record<string, (stage: Stage) => Stage> = {
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
};

// Every state under every event; `.` stays where it is.
const golden = `
state                  | started | ended clean | ended unclean | swept      | stop        | restart     | kill    | next timer
starting               | running | restarting  | sweeping      | .          | terminating | terminating | killing | .
running                | .       | restarting  | sweeping      | .          | terminating | terminating | killing | terminating
terminating, stopped   | .       | ended       | sweeping      | .          | .           | .           | killing | killing
terminating, restarted | .       | starting    | sweeping      | .          | .           | .           | killing | killing
terminating, timed out | .       | restarting  | sweeping      | .          | .           | .           | killing | killing
killing, killed        | .       | ended       | sweeping      | .          | .           | .           | .       | .
killing, stopped       | .       | ended       | sweeping      | .          | .           | .           | .       | .
killing, restarted     | .       | starting    | sweeping      | .          | .           | .           | .       | .
killing, timed out     | .       | restarting  | sweeping      | .          | .           | .           | .       | .
sweeping               | .       | .           | .             | restarting | .           | .           | .       | .
sweeping, stopped      | .       | .           | .             | ended      | .           | .           | .       | .
sweeping, restarted    | .       | .           | .             | starting   | .           | .           | .       | .
sweeping, killed       | .       | .           | .             | ended      | .           | .           | .       | .
restarting             | .       | .           | .             | .          | ended       | starting    | ended   | starting
ended                  | .       | .           | .             | .          | .           | .           | .       | .
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
    const stage = new Stage({ policy: { restart: "always", timeoutMs: 60_000 } });
    into[state]?.(stage);
    expect(stage.state).toBe(plain(state));
    events[event]?.(stage);
    expect(stage.state).toBe(next);
  });
});
