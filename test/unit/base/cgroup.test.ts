import { describe, expect, it } from "vitest";
import { ownGroup } from "../../../src/base/cgroup.ts";

describe("the own group of cgroup v2", () => {
  it.each([
    ["0::/user.slice/a.scope\n", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "/sys/fs/cgroup/user.slice/a.scope"],
    [
      "4:memory:/x\n0::/a\n",
      "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
      "/sys/fs/cgroup/unified/a",
    ],
    ["4:memory:/x\n", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", null],
    ["0::/a\n", "cgroup /sys/fs/cgroup/memory cgroup rw 0 0\n", null],
  ])("of %j under %j is %s", (groups, mounts, expected) => {
    expect(ownGroup(groups, mounts)).toBe(expected);
  });
});
