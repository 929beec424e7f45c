import { describe, expect, it } from "vitest";
import { exitCodeOf, exitCodeOfError, exitCodeOfFailedWait, firstFailure } from "../../../src/commands/outcome/exit-code.ts";
import { endSentence } from "../../../src/commands/outcome/report-end.ts";
import type { Status, WaitResult } from "../../../src/protocol/mission.ts";

const ended = (status: Status, exit_code: number | null): WaitResult => ({
  id: "a1b2c3d4",
  name: "x",
  status,
  exit_code,
  signal: null,
  reason: null,
});

describe("the exit code of a wait", () => {
  it.each<[Status, number | null, number]>([
    ["stopped", 0, 0],
    ["stopped", 3, 3],
    ["crashed", 42, 42],
    ["crashed", 143, 143],
    ["crashed", 0, 1],
    ["killed", 137, 137],
    ["killed", null, 137],
    ["killed", 0, 137],
    ["crashed", null, 125],
    ["stopped", null, 125],
  ])("of a mission that is %s with code %s is %i", (status, code, expected) =>
    expect(exitCodeOf(ended(status, code))).toBe(expected),
  );

  it("with --for is 0 when reached and 1 when the mission ended without", () => {
    expect(exitCodeOf(ended("running", null), ["running"])).toBe(0);
    expect(exitCodeOf(ended("crashed", 42), ["running", "waiting"])).toBe(1);
    expect(exitCodeOf(ended("crashed", 42), ["crashed"])).toBe(0);
  });

  it("of several is the first that is not zero, in the order given", () => {
    expect(firstFailure([0, 7, 3])).toBe(7);
    expect(firstFailure([0, 0])).toBe(0);
  });

  it("tells every failure of Overmind, an unknown id included, from the agent's", () => {
    expect(exitCodeOfFailedWait("not_found")).toBe(125);
    expect(exitCodeOfFailedWait("unreachable")).toBe(125);
    expect(exitCodeOfFailedWait("timeout")).toBe(124);
  });
});

it("elsewhere a refusal is 1 and a failure of Overmind 125", () => {
  expect(exitCodeOfError("not_found")).toBe(1);
  expect(exitCodeOfError("name_taken")).toBe(1);
  expect(exitCodeOfError("unreachable")).toBe(125);
  expect(exitCodeOfError("internal")).toBe(125);
});

it("the end is told with id, status and code", () => {
  expect(endSentence(ended("crashed", 42))).toBe("Mission a1b2c3d4 finished: crashed (exit code 42)");
  expect(endSentence(ended("killed", null))).toBe("Mission a1b2c3d4 finished: killed (exit code 137)");
  expect(endSentence(ended("crashed", null))).toBe("Mission a1b2c3d4 finished: crashed (exit code unknown)");
});
