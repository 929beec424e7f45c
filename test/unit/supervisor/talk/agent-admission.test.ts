import { describe, expect, it } from "vitest";
import { agentEnvironment, agentOf, shownCommand } from "../../../../src/supervisor/talk/agent-admission.ts";
import { buildRequest, buildSpec } from "../../../support/builders.ts";

const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe("what an agent is asked", () => {
  it("is nothing for a command", () => {
    expect(agentOf(buildRequest(), "/")).toBeNull();
    expect(agentEnvironment(buildSpec())).toEqual({});
  });

  it("is the words of the command, or the prompt where there is one", () => {
    expect(agentOf(buildRequest({ provider: "codex", command: "say hi" }), "/there")).toMatchObject({
      prompt: "say hi",
      cwd: "/there",
      sessionId: null,
    });
    const agent = agentOf(buildRequest({ provider: "claude", agent: { prompt: "say ho" } }), "/");
    expect(agent).toMatchObject({ prompt: "say ho", sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(agent && shownCommand(agent, "claude")).toBe("say ho");
  });

  it("is refused before anything is made where the agent cannot be told so", () => {
    expect(codeOf(() => agentOf(buildRequest({ provider: "claude", command: " " }), "/"))).toBe("empty_command");
    const tools = { allowTools: ["Bash"] };
    expect(codeOf(() => agentOf(buildRequest({ provider: "gemini", agent: tools }), "/"))).toBe("invalid_argument");
    expect(codeOf(() => agentOf(buildRequest({ provider: "acp", type: "session" }), "/"))).toBe("empty_command");
  });

  it("brings what the agent's own environment needs", () => {
    const agent = agentOf(buildRequest({ provider: "gemini" }), "/");
    expect(agentEnvironment(buildSpec({ provider: "gemini", agent }))).toEqual({ GEMINI_CLI_NO_RELAUNCH: "true" });
  });
});
