import { expect, it } from "vitest";
import type { DomainEvent } from "../../../src/events/domain-event.ts";
import type { PipelineHistory, RestartHistory } from "../../../src/events/history.ts";
import { eventData } from "../../../src/events/history-view.ts";
import { StepHistories } from "../../../src/events/step-histories.ts";

type Keys<Value> = Value extends readonly (infer Entry)[]
  ? Keys<Entry>
  : Value extends object
    ? string extends keyof Value
      ? Keys<Value[string & keyof Value]>
      : { [Key in keyof Value & string]: Key extends "history" ? never : Key | Keys<Value[Key]> }[keyof Value & string]
    : never;
type CamelCase<Key extends string> = Key extends Lowercase<Key> ? never : Key;

it("is the only part of any event whose keys are not in snake_case as they are", () => {
  // The compiler refuses this line where another event has such a key.
  const none: [CamelCase<Keys<DomainEvent>>] extends [never] ? true : false = true;
  expect(none).toBe(true);
});

const pipeline: PipelineHistory = {
  moves: 3,
  steps: StepHistories.of([
    [
      "buildAll",
      {
        agent: "buildAll",
        tries: 1,
        mission: "a1b2c3d4",
        probe: null,
        checks: [],
        isReady: true,
        isUnready: false,
        end: { how: "succeeded", exitCode: 0, at: 2 },
      },
    ],
  ]),
  skipped: ["notNow"],
  ports: { webServer: 4000 },
};
const history: RestartHistory = {
  streak: 1,
  uptimeMs: 9.4348,
  crashes: [8.6, 9.4348],
  members: { crashes: [], counted: { A1b2c3d4: 1 }, taken: {} },
  pipeline,
};
const shown = {
  streak: 1,
  uptime_ms: 9,
  crashes: [9, 9],
  members: { crashes: [], counted: { A1b2c3d4: 1 }, taken: {} },
  pipeline: {
    moves: 3,
    steps: {
      buildAll: {
        agent: "buildAll",
        tries: 1,
        mission: "a1b2c3d4",
        probe: null,
        checks: [],
        is_ready: true,
        is_unready: false,
        end: { how: "succeeded", exit_code: 0, at: 2 },
      },
    },
    skipped: ["notNow"],
    ports: { webServer: 4000 },
  },
};

it("is shown in snake_case with whole milliseconds, and names of steps and missions as they are", () => {
  const before = JSON.stringify(history);
  expect(eventData({ attempt: 2, history })).toEqual({ attempt: 2, history: shown });
  expect(JSON.stringify(history)).toBe(before);
});

it("is shown alike as it happens and as it was stored", () => {
  expect(eventData({ history: JSON.parse(JSON.stringify(history)) })).toEqual({ history: shown });
});

it("leaves what an agent asks as it asked it", () => {
  const data = { input: { filePath: "/x", oldString: "a" } };
  expect(eventData(data)).toBe(data);
});
