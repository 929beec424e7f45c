import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { homePaths, missionPaths } from "../../../src/base/paths.ts";

const longest = process.platform === "darwin" ? 103 : 107;
const socketName = "/overmind.sock";
const homeOf = (bytes: number) => `/${"h".repeat(bytes - socketName.length - 1)}`;

describe("the home", () => {
  it("is OVERMIND_HOME and holds everything", () => {
    const paths = homePaths({ OVERMIND_HOME: "/srv/home/" });
    expect(paths).toMatchObject({
      home: "/srv/home",
      socket: "/srv/home/overmind.sock",
      database: "/srv/home/overmind.db",
      log: "/srv/home/daemon.log",
      config: "/srv/home/config.toml",
      missions: "/srv/home/missions",
    });
    expect(paths.lock).not.toBe(paths.database);
  });

  it.each([{}, { OVERMIND_HOME: "" }, { OVERMIND_SOCKET: "/x", OVERMIND_PORT: "1" }])(
    "is ~/.overmind given only %j",
    (environment) => {
      expect(homePaths(environment).home).toBe(`${homedir()}/.overmind`);
    },
  );

  it("may have a socket path of the longest length", () => {
    expect(Buffer.byteLength(homePaths({ OVERMIND_HOME: homeOf(longest) }).socket)).toBe(longest);
  });

  it("is refused one byte beyond, with the reason", () => {
    expect(() => homePaths({ OVERMIND_HOME: homeOf(longest + 1) })).toThrow(
      expect.objectContaining({ code: "home_unusable", details: { field: "OVERMIND_HOME", bytes: longest + 1, limit: longest } }),
    );
  });

  it("is measured in bytes, not characters", () => {
    expect(() => homePaths({ OVERMIND_HOME: `/${"é".repeat(50)}` })).toThrow(expect.objectContaining({ code: "home_unusable" }));
  });
});

describe("a mission's files", () => {
  it("lie below its id and the attempt's number, no two in one place", () => {
    const paths = missionPaths(homePaths({ OVERMIND_HOME: "/h" }), "a2345678");
    const { directory, prefix, former, ...files } = paths.attempt(3);
    expect([directory, prefix, former]).toEqual(["/h/missions/a2345678", "/h/missions/a2345678/3.", null]);
    expect(paths.environment).toBe("/h/missions/a2345678/env");
    expect(new Set(Object.values(files)).size).toBe(Object.keys(files).length);
  });
});
