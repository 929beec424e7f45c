import { describe, expect, it } from "vitest";
import { classifyEnd, type EndingWish, finalStatusOf, type ProcessEnd } from "../../../src/mission/classify-end.ts";
import { type FinalStatus, type Reason, reasons } from "../../../src/protocol/mission.ts";

const exited = (exitCode: number, signal: string | null = null): ProcessEnd => ({ kind: "exited", exitCode, signal });
const spawnError: ProcessEnd = { kind: "spawn_error", exitCode: 127, signal: null };
const lost: ProcessEnd = { kind: "lost", exitCode: null, signal: null };

type Case = readonly [end: ProcessEnd, wish: EndingWish, reason: Reason, successCodes?: readonly number[]];

const cases: readonly Case[] = [
  [exited(0), null, "completed"],
  [exited(1), null, "failed"],
  [exited(3), null, "completed", [0, 3]],
  [exited(0), null, "failed", [3]],
  [exited(0), null, "failed", []],
  [exited(143), null, "failed"],
  [exited(144), null, "failed"],
  [exited(127), null, "failed"],
  [exited(143, "SIGTERM"), null, "signaled"],
  [exited(137, "SIGKILL"), null, "signaled"],
  [exited(143, "SIGTERM"), null, "signaled", [0, 143]],
  [spawnError, null, "spawn_error"],
  [spawnError, null, "spawn_error", [127]],
  [lost, null, "lost"],
  [exited(0), "stop", "stopped"],
  [exited(7), "stop", "stopped"],
  [exited(143, "SIGTERM"), "stop", "stopped"],
  [exited(137, "SIGKILL"), "stop", "stopped"],
  [spawnError, "stop", "stopped"],
  [lost, "stop", "stopped"],
  [exited(0), "restart", "stopped"],
  [exited(143, "SIGTERM"), "restart", "stopped"],
  [exited(0), "kill", "killed"],
  [exited(137, "SIGKILL"), "kill", "killed"],
  [spawnError, "kill", "killed"],
  [lost, "kill", "killed"],
  [exited(143, "SIGTERM"), "timeout", "timeout"],
  [exited(0), "timeout", "timeout"],
  [spawnError, "timeout", "spawn_error"],
  [lost, "timeout", "lost"],
];

const named = cases.map(([end, wish, reason, successCodes = [0]]) => {
  const ending = end.kind === "exited" ? `exit ${end.exitCode}${end.signal ? ` by ${end.signal}` : ""}` : end.kind;
  return { end, ending, wish, reason, successCodes };
});

describe("the reason of an end", () => {
  it.each(named)(
    "of $ending, Overmind wishing $wish, successes $successCodes, is $reason",
    ({ end, wish, reason, successCodes }) => {
      expect(classifyEnd(end, wish, successCodes)).toBe(reason);
    },
  );
});

describe("the final status", () => {
  const of: Partial<Record<Reason, FinalStatus>> = {
    completed: "stopped",
    stopped: "stopped",
    killed: "killed",
    parent: "stopped",
    group: "stopped",
  };
  it.each(reasons.map((reason) => [reason, of[reason] ?? "crashed"] as const))("after %s is %s", (reason, status) => {
    expect(finalStatusOf(reason)).toBe(status);
  });

  it.each(["parent", "group"] as const)("after a kill because of its %s is killed", (reason) => {
    expect(finalStatusOf(reason, "kill")).toBe("killed");
  });
});
