import { describe, expect, it } from "vitest";
import { OvermindError } from "../../../../src/base/errors.ts";
import { defaultPolicy } from "../../../../src/mission/spec.ts";
import { type AdmissionDesk, admit } from "../../../../src/supervisor/admission.ts";
import { admitGroup } from "../../../../src/supervisor/tree/admit-group.ts";
import { buildRequest } from "../../../support/builders.ts";

const desk: AdmissionDesk = {
  defaults: { ...defaultPolicy, restart: "always", timeoutMs: 5000, deadlineMs: 6000, maxRestarts: 9, graceMs: 1 },
  now: 1000,
  moment: { boot: "b1", ms: 50 },
  cwd: "/",
  newId: () => "a2345678",
  newName: () => "calm-otter",
  isNameTaken: (name) => name === "taken",
  findId: (reference) => ({ team: "t2345678", full: "f2345678", boss: "b2345678" })[reference],
  isPoolKnown: () => false,
  checkPlace: (parent) => {
    if (parent === "f2345678") throw new OvermindError("invalid_argument", "parent: max_children allows 64");
  },
  isLiveGroup: (id) => id === "t2345678",
  terminalProblem: () => null,
  callerId: () => undefined,
};
const asked = { name: "web", strategy: "one_for_all", labels: { a: "b" } } as const;

describe("a group that is asked for", () => {
  it("runs nothing, is bounded by nothing, and never restarts by itself", () => {
    expect(admitGroup(asked, desk)).toMatchObject({
      type: "group",
      name: "web",
      labels: { a: "b" },
      parent: null,
      policy: { restart: "never", timeoutMs: null, deadlineMs: null, activityTimeoutMs: null, memoryMaxBytes: null },
      group: { strategy: "one_for_all", maxRestarts: 5, maxSeconds: 60 },
    });
    expect(admitGroup(asked, desk).policy.graceMs).toBeGreaterThan(86_400_000);
  });

  it("has the window it asks for, also none", () => {
    const { group } = admitGroup({ ...asked, maxRestarts: 0, maxSeconds: 3 }, desk);
    expect(group).toEqual({ strategy: "one_for_all", maxRestarts: 0, maxSeconds: 3 });
  });

  it("restarts when it is a member itself, and leaves giving up to the group above", () => {
    const { policy, parent } = admitGroup({ ...asked, parent: "team" }, desk);
    expect([parent, policy.restart, policy.maxRestarts]).toEqual(["t2345678", "on_failure", 0]);
    expect(admitGroup({ ...asked, parent: "boss" }, desk).policy.restart).toBe("never");
  });

  it.each([
    ["a taken name", { name: "taken" }, "name_taken"],
    ["a name that is none", { name: "-x" }, "invalid_argument"],
    ["an unknown parent", { parent: "nobody" }, "parent_not_found"],
    ["a parent without room", { parent: "full" }, "invalid_argument"],
  ])("with %s is refused", (_what, changes, code) => {
    expect(() => admitGroup({ ...asked, ...changes }, desk)).toThrow(expect.objectContaining({ code }));
  });
});

describe("a mission whose parent is a group", () => {
  const policyOf = (changes: object) => admit(buildRequest({ parent: "team", ...changes }), desk).policy;

  it("restarts on failure without a limit of its own", () => {
    expect(policyOf({})).toMatchObject({ restart: "on_failure", maxRestarts: 0, timeoutMs: 5000 });
  });

  it("does as it says where it says something", () => {
    expect(policyOf({ restart: "never", maxRestarts: 2 })).toMatchObject({ restart: "never", maxRestarts: 2 });
  });

  it("gets the plain defaults when the parent is no group, or holds nobody any more", () => {
    expect(policyOf({ parent: "boss" })).toMatchObject({ restart: "always", maxRestarts: 9 });
  });
});
