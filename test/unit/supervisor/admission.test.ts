import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../src/mission/spec.ts";
import { type AdmissionDesk, admit } from "../../../src/supervisor/admission.ts";
import type { RunRequest } from "../../../src/supervisor/daemon-context.ts";
import { buildRequest, buildSpec } from "../../support/builders.ts";

const here = import.meta.dirname;

const desk: AdmissionDesk = {
  defaults: defaultPolicy,
  now: 1000,
  moment: { boot: "b1", ms: 50 },
  cwd: "/",
  newId: () => "a2345678",
  newName: () => "calm-otter",
  isNameTaken: (name) => name === "taken",
  findId: (reference) => (reference === "boss" ? "b2345678" : undefined),
  terminalProblem: () => null,
  callerId: () => undefined,
  checkPlace: () => undefined,
  isLiveGroup: () => false,
  isPoolKnown: (name) => name === "builds",
};

const admitted = (request: Partial<RunRequest>, changes: Partial<AdmissionDesk> = {}) =>
  admit(buildRequest(request), { ...desk, ...changes });

describe("a run that says nothing but its command", () => {
  it("gets the defaults of the contract", () => {
    expect(admitted({ command: "true" })).toEqual(buildSpec({ createdMoment: desk.moment }));
    expect(defaultPolicy).toMatchObject({
      restart: "never",
      successCodes: [0],
      maxRestarts: 5,
      maxSeconds: 60,
      backoffMs: 1000,
      backoffMaxMs: 60_000,
      jitter: 0.1,
      stableSeconds: 60,
      graceMs: 10_000,
      stopSignal: "SIGTERM",
      timeoutMs: null,
      keepLeftovers: false,
    });
  });
});

describe("a run that says everything", () => {
  it("gets what it says", () => {
    const said = {
      maxRestarts: 0,
      maxSeconds: 7,
      backoffMs: 0,
      backoffMaxMs: 9,
      jitter: 0,
      stableSeconds: 1,
      graceMs: 0,
      timeoutMs: 5,
      successCodes: [3],
      keepLeftovers: true,
    };
    const asked = {
      cwd: here,
      name: "web",
      model: "m",
      labels: { a: "b" },
      umask: 0,
      nofile: 64,
      nice: 5,
      removeAfter: true,
      stdin: "open" as const,
    };
    const spec = admitted({ ...asked, ...said, restart: "on-failure", stopSignal: "int", parent: "boss" });
    expect(spec).toMatchObject({
      ...asked,
      parent: "b2345678",
      policy: { ...said, restart: "on_failure", stopSignal: "SIGINT" },
    });
  });

  it.each([
    ["never", "never"],
    ["on-failure", "on_failure"],
    ["on_failure", "on_failure"],
    ["always", "always"],
  ])("takes the policy %s", (restart, policy) => {
    expect(admitted({ restart }).policy.restart).toBe(policy);
  });

  it("may back off longer than the usual longest delay", () => {
    expect(admitted({ backoffMs: 90_000 }).policy.backoffMaxMs).toBe(90_000);
  });
});

describe("the command", () => {
  it.each([
    [["ls", "-la"], "ls -la"],
    [["echo", "a b"], "echo 'a b'"],
    [["echo", ""], "echo ''"],
    [["echo", "it's"], "echo 'it'\\''s'"],
    [["sh", "-c", "echo $HOME; ls *"], "sh -c 'echo $HOME; ls *'"],
    [["./run", "--a=b,c:d", "@x", "50%"], "./run --a=b,c:d @x 50%"],
    [["echo", "ünï"], "echo 'ünï'"],
  ])("of %j can be told from a shell line: %s", (argv, command) => {
    expect(admitted({ argv, command: undefined })).toMatchObject({ argv, command });
  });

  it("of a session that names none is cat", () => {
    expect(admitted({ type: "session", command: undefined })).toMatchObject({ command: "cat", argv: null, stdin: "open" });
  });

  it("may have an argument of 131,071 bytes", () => {
    expect(admitted({ command: "x".repeat(131_071) }).command).toHaveLength(131_071);
  });
});

describe("the directory", () => {
  it("is the daemon's where the client sent none", () => {
    expect(admitted({}, { cwd: here }).cwd).toBe(here);
  });
});

describe("the parent", () => {
  it("is the mission that the request comes from", () => {
    expect(admitted({}, { callerId: () => "c2345678" }).parent).toBe("c2345678");
  });

  it("is the one that was named, all the same", () => {
    expect(admitted({ parent: "boss" }, { callerId: () => "c2345678" }).parent).toBe("b2345678");
  });
});

// biome-ignore format: a table
const refusals: readonly [string, Partial<RunRequest>, object][] = [
  ["no command", { command: undefined }, { code: "empty_command", message: "empty_command" }],
  ["a blank command", { command: " \t\n" }, { code: "empty_command" }],
  ["no words", { command: undefined, argv: [] }, { code: "empty_command" }],
  ["an empty first word", { argv: ["", "x"] }, { code: "empty_command" }],
  ["a command that is too long", { command: "é".repeat(65_536) }, { code: "invalid_argument", details: { field: "command", bytes: 131_072, limit: 131_071 } }],
  ["a word that is too long", { argv: ["a", "x".repeat(131_072)] }, { code: "invalid_argument", details: { field: "argv", bytes: 131_072, limit: 131_071 } }],
  ["a NUL in the command", { command: "a\0b" }, { code: "invalid_argument", details: { field: "command" } }],
  ["a NUL in a word", { argv: ["a", "b\0"] }, { code: "invalid_argument", details: { field: "argv" } }],
  ["a directory that is not there", { cwd: `${here}/nowhere` }, { code: "cwd_not_found", message: `the working directory ${here}/nowhere does not exist` }],
  ["a file as directory", { cwd: import.meta.filename }, { code: "cwd_not_found", message: `the working directory ${import.meta.filename} is not a directory` }],
  ["a path through a file", { cwd: `${import.meta.filename}/x` }, { code: "cwd_not_found" }],
  ["a NUL in the directory", { cwd: "/\0" }, { code: "cwd_not_found" }],
  ["a name with a blank", { name: "a b" }, { code: "invalid_argument", details: { field: "name", expected: "[A-Za-z0-9][A-Za-z0-9_.-]{0,62}" } }],
  ["an empty name", { name: "" }, { code: "invalid_argument" }],
  ["a name that a live mission holds", { name: "taken" }, { code: "name_taken", message: "name_taken", details: { name: "taken" } }],
  ["a parent that nobody knows", { parent: "nobody" }, { code: "parent_not_found", message: "parent_not_found", details: { parent: "nobody", message: "no mission has the id or name 'nobody', which was given as parent" } }],
  ["an unknown policy", { restart: "sometimes" }, { code: "invalid_restart_policy", message: "invalid_restart_policy" }],
  ["a policy with blanks", { restart: "on failure" }, { code: "invalid_restart_policy" }],
  ["an unknown signal", { stopSignal: "NOPE" }, { code: "invalid_argument", details: { field: "stop_signal", expected: "signal" } }],
];

describe("a run is refused", () => {
  it.each([...refusals])("for %s", (_, request, error) => {
    expect(() => admitted(request)).toThrow(expect.objectContaining(error));
  });
});

describe("a run with a terminal", () => {
  const terminal = { columns: 80, rows: 24 };

  it("keeps its size", () => {
    expect(admitted({ terminal }).terminal).toEqual(terminal);
  });

  it("is refused with what helps where there can be none", () => {
    const terminalProblem = () => ({ says: "tmux is not there", fix: "Install it" });
    const refusal = { code: "invalid_argument", message: "tty: tmux is not there", hint: "Install it." };
    expect(() => admitted({ terminal }, { terminalProblem })).toThrow(expect.objectContaining(refusal));
    expect(admitted({}, { terminalProblem }).terminal).toBeNull();
  });

  it("is refused for an agent that is driven by its protocol", () => {
    const refusal = { code: "invalid_argument", details: { field: "tty" } };
    expect(() => admitted({ terminal, provider: "claude", cwd: here })).toThrow(expect.objectContaining(refusal));
  });
});
