import { describe, expect, it } from "vitest";
import { nativeCodexPaths } from "../../../src/providers/codex.ts";
import type { AgentRequest } from "../../../src/providers/provider.ts";
import { allProviders, providerNamed } from "../../../src/providers/registry.ts";
import { request } from "./transcript.ts";

const awkward = `-x "quoted" 'single' $(id) \`id\`\n\u{1f600}${"a".repeat(1_000_000)}`;
const session = { ...request, type: "session" } as const;
const argvOf = (kind: string, more: Partial<AgentRequest>) => {
  const full = { ...request, ...more };
  const provider = providerNamed(kind);
  return (full.type === "task" ? provider.taskCommand(full) : provider.sessionCommand(full)).argv.join(" ");
};

describe.each(["claude", "codex", "gemini", "opencode", "acp"])("a prompt of a megabyte for %s", (kind) => {
  it.each(["task", "session"] as const)("as a %s is no argument, and whole", (type) => {
    const full: AgentRequest = { ...request, type, command: ["some-agent"], prompt: awkward };
    const provider = providerNamed(kind);
    const command = type === "task" ? provider.taskCommand(full) : provider.sessionCommand(full);
    expect(command.argv.join(" ")).not.toContain("quoted");
    expect([command.stdin, command.firstMessage].filter((given) => given !== null)).toEqual([awkward]);
  });

  it("is needed by a task alone", () => {
    const without: AgentRequest = { ...request, prompt: null, command: ["some-agent"] };
    expect(() => providerNamed(kind).taskCommand(without)).toThrow("empty_command");
    expect(providerNamed(kind).sessionCommand({ ...without, type: "session" }).firstMessage).toBeNull();
  });
});

describe("the flags", () => {
  it.each<[string, Partial<AgentRequest>, string]>([
    ["claude", { model: "opus" }, "--model opus"],
    ["claude", { permissionMode: "dontAsk" }, "--permission-mode dontAsk"],
    ["claude", { allowTools: ["Bash(npm *)", "Edit"] }, "--allowedTools Bash(npm *) Edit --"],
    ["claude", { systemPrompt: "be brief" }, "--append-system-prompt be brief"],
    ["claude", { maxTurns: 3 }, "--max-turns 3"],
    ["claude", { mcpConfig: "/m.json" }, "--mcp-config /m.json"],
    ["claude", { sessionId: "u-u" }, "--session-id u-u"],
    ["claude", {}, "--permission-prompt-tool stdio"],
    ["codex", { model: "gpt" }, "-m gpt"],
    ["codex", {}, "--sandbox workspace-write"],
    ["codex", { permissionMode: "read-only" }, "--sandbox read-only"],
    ["codex", { permissionMode: "bypass" }, "--dangerously-bypass-approvals-and-sandbox"],
    ["codex", { systemPrompt: 'say "hi"' }, '-c developer_instructions="say \\"hi\\""'],
    ["codex", { type: "session" }, "codex app-server"],
    ["gemini", { model: "flash", permissionMode: "yolo" }, "gemini -m flash --approval-mode yolo"],
    ["gemini", { sessionId: "u-u" }, "--session-id u-u"],
    ["gemini", { type: "session" }, "--acp"],
    ["opencode", { model: "lab/m" }, "run --format json --thinking -m lab/m"],
    ["opencode", { permissionMode: "auto" }, "--auto"],
    ["opencode", { type: "session" }, "opencode acp"],
    ["acp", { command: ["some-agent", "--acp"] }, "some-agent --acp"],
    ["raw", { command: ["echo", "a b"], prompt: null }, "echo a b"],
    ["raw", { type: "session", prompt: null }, "cat"],
  ])("of %s for %j make: %s", (kind, more, words) => {
    expect(argvOf(kind, more)).toContain(words);
  });

  it.each(["claude", "codex", "gemini", "opencode", "acp", "raw"])("of --provider-arg reach %s as they are", (kind) => {
    expect(providerNamed(kind).taskCommand({ ...request, command: ["x"], providerArgs: ["--odd", "a b"] }).argv).toEqual(
      expect.arrayContaining(["--odd", "a b"]),
    );
  });

  it.each<[string, Partial<AgentRequest>]>([
    ["codex", { allowTools: ["Bash"] }],
    ["codex", { mcpConfig: "/m.json" }],
    ["codex", { permissionMode: "odd" }],
    ["gemini", { systemPrompt: "x" }],
    ["opencode", { mcpConfig: "/m.json" }],
    ["raw", { command: ["true"], model: "m" }],
  ])("that %s cannot take are refused, never dropped: %j", (kind, more) => {
    expect(() => argvOf(kind, more)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  it.each(["a".repeat(131_072), "é".repeat(65_536), "a\0b"])("and words that cannot be an argument are refused", (word) => {
    expect(() => providerNamed("raw").taskCommand({ ...request, command: ["echo", word] })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});

describe("going on with a conversation", () => {
  it.each([
    ["claude", "--resume id-1"],
    ["codex", "resume id-1 -"],
    ["gemini", "--resume id-1"],
    ["opencode", "-s id-1"],
  ])("of %s as a task has %s", (kind, words) => {
    expect(
      providerNamed(kind)
        .resumeCommand({ ...request, sessionId: "new" }, "id-1")
        .argv.join(" "),
    ).toContain(words);
    expect(providerNamed(kind).resumeCommand({ ...request, sessionId: "new" }, "id-1").argv).not.toContain("new");
  });

  it.each([
    ["claude", ["claude", "--resume", "id-1"]],
    ["codex", ["codex", "resume", "id-1", "--no-daemon"]],
    ["gemini", ["gemini", "--resume", "id-1"]],
    ["opencode", ["opencode", "-s", "id-1"]],
    ["raw", null],
    ["acp", null],
  ])("of %s in its own terminal program is %j", (kind, argv) => {
    expect(providerNamed(kind).attachCommand(session, "id-1")).toEqual(argv);
  });

  it.each(["claude", "codex", "gemini", "opencode"])("of %s there keeps its model", (kind) => {
    const argv = providerNamed(kind).attachCommand({ ...session, model: "a-model" }, "id-1") ?? [];
    expect(argv.slice(-2)).toEqual([expect.stringMatching(/^--?m/), "a-model"]);
  });
});

describe("the environment", () => {
  it("keeps gemini from relaunching itself", () => {
    expect(providerNamed("gemini").taskCommand(request).env).toEqual({ GEMINI_CLI_NO_RELAUNCH: "true" });
  });

  it("gives opencode its permissions", () => {
    const env = (permissionMode: string) => providerNamed("opencode").sessionCommand({ ...session, permissionMode }).env;
    expect(env("ask")).toMatchObject({ OPENCODE_PERMISSION: '{"*":"ask"}' });
    expect(env('{"bash":"ask"}')).toMatchObject({ OPENCODE_PERMISSION: '{"bash":"ask"}' });
  });
});

describe("every provider", () => {
  it.each(allProviders.flatMap((provider) => (["task", "session"] as const).map((type) => [provider.kind, type] as const)))(
    "(%s) ends a %s by a bounded ladder that closes with a kill",
    (kind, type) => {
      const ladder = providerNamed(kind).endingLadder(type);
      expect(ladder.at(-1)).toEqual({ do: "kill" });
      expect(ladder.filter((step) => step.do === "kill")).toHaveLength(1);
      for (const step of ladder) if (step.do !== "kill" && step.waitMs !== null) expect(step.waitMs).toBeLessThanOrEqual(5_000);
    },
  );

  it("is found by its name, and a near miss is told", () => {
    expect(allProviders.map(({ kind }) => kind)).toEqual(["raw", "claude", "codex", "gemini", "opencode", "acp"]);
    expect(() => providerNamed("cluade")).toThrow(
      expect.objectContaining({ code: "invalid_argument", hint: "Did you mean claude?" }),
    );
    expect(() => providerNamed("constructor")).toThrow("no provider");
  });
});

describe("codex's native program", () => {
  it("lies in the platform's own package", () => {
    expect(nativeCodexPaths("/n/@openai/codex/bin/codex.js", "linux", "x64")[0]).toBe(
      "/n/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
    );
  });

  it("is not guessed for what is no launcher, or an unknown platform", () => {
    expect(nativeCodexPaths("/usr/bin/codex", "linux", "x64")).toEqual([]);
    expect(nativeCodexPaths("/n/@openai/codex/bin/codex.js", "aix", "ppc64")).toEqual([]);
  });
});
