import { describe, expect, it } from "vitest";
import { permissionAsked } from "../../../src/providers/claude-permission.ts";

describe("what claude offers to allow from now on", () => {
  it.each([
    [{ type: "addRules", rules: [{ toolName: "Bash", ruleContent: "ls *" }] }, "addRules Bash(ls *) (session)"],
    [{ type: "addDirectories", directories: ["/srv/a", "/srv/b"] }, "addDirectories /srv/a /srv/b (session)"],
    [{ type: "setMode", mode: "acceptEdits", destination: "localSettings" }, "setMode acceptEdits (localSettings)"],
  ])("%o is told in full", (suggestion, label) => {
    const { options } = permissionAsked("r1", { tool_name: "Bash", permission_suggestions: [suggestion] });
    expect(options.at(-1)?.label).toBe(`Allow from now on: ${label}`);
  });
});
