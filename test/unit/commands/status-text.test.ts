import { expect, it } from "vitest";
import { statusText } from "../../../src/commands/status.ts";
import type { DaemonStatus } from "../../../src/protocol/messages.ts";

const status = {
  version: "1.0.0",
  pid: "7",
  memory_mb: 50,
  home: "/home/ann/.overmind",
  missions: { live: 0, running: 0, stopped: 0, crashed: 0, killed: 0, total: 0 },
} as unknown as DaemonStatus;

it.each([
  [0, "up 0s,"],
  [1, "up 1s,"],
  [75, "up 1m15s,"],
])("a daemon that has run for %s s is told to be %s", (uptime, says) => {
  expect(statusText({ ...status, uptime })).toContain(says);
});
