import { describe, expect, it } from "vitest";
import { dependsOnLogin } from "../../../src/commands/doctor/supervision-checks.ts";

describe("a daemon's cgroup", () => {
  it.each([
    ["0::/user.slice/user-1000.slice/session-3.scope\n", true],
    ["1:name=systemd:/user.slice/user-1000.slice/session-c2.scope\n0::/\n", true],
    ["0::/user.slice/user-1000.slice/user@1000.service/app.slice/overmind.service\n", false],
    ["0::/system.slice/ssh.service\n", false],
    ["", false],
  ])("%j ends with the login: %s", (groups, expected) => {
    expect(dependsOnLogin(groups)).toBe(expected);
  });
});
