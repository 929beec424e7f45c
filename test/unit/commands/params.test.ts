import { describe, expect, it } from "vitest";
import { asOvermindError } from "../../../src/base/errors.ts";
import { loadCommand } from "../../../src/commands/index.ts";
import { readParams } from "../../../src/commands/params.ts";
import { runParams, runRequest } from "../../../src/commands/run/run-params.ts";

const run = (args: object) => runRequest(readParams(runParams, args), undefined);
const errorOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    const { code, message } = asOvermindError(error);
    return { code, message };
  }
  return null;
};

describe("the parameters of run", () => {
  it.each<[object, string]>([
    [{}, "empty_command"],
    [{ command: "  " }, "empty_command"],
    [{ argv: [] }, "empty_command"],
    [{ argv: [""] }, "empty_command"],
    [{ command: "x", type: "thing" }, "invalid_type"],
    [{ command: "x", type: 7 }, "invalid_type"],
    [{ command: "x", restart: "sometimes" }, "invalid_restart_policy"],
    [{ command: "x", restart: 1 }, "invalid_restart_policy"],
    [{ command: 7 }, "invalid_argument"],
    [{ command: "x", name: "a b" }, "invalid_argument"],
    [{ command: "x", provider: "clod" }, "invalid_argument"],
    [{ command: "x", stop_signal: "NOPE" }, "invalid_argument"],
    [{ command: "x", success_codes: [256] }, "invalid_argument"],
    [{ command: "x", argv: ["y"] }, "invalid_argument"],
    [{ command: "x".repeat(131_072) }, "invalid_argument"],
    [{ command: "a\0b" }, "invalid_argument"],
    [{ command: "x", env: { A: 1 } }, "invalid_argument"],
    [{ command: "x", env: ["A=1"] }, "invalid_argument"],
    [{ command: "x", labels: ["team=a"] }, "invalid_argument"],
  ])("%j is refused as %s", (args, code) => expect(errorOf(() => run(args))?.code).toBe(code));

  it("name the field and what was expected", () => {
    expect(errorOf(() => run({ command: "x", max_restarts: "many" }))?.message).toBe("max_restarts: must be a whole number");
    expect(errorOf(() => run({ command: "x", env: { A: 1 } }))?.message).toBe("env.A: must be text");
    expect(errorOf(() => run({ command: "x", env: ["A=1"] }))?.message).toBe("env: must be an object of texts");
    expect(errorOf(() => readParams(runParams, 7))?.code).toBe("invalid_argument");
  });

  it("take both spellings of a policy, keep the first protocol's units, and ignore unknown keys", () => {
    expect(
      run({ command: "x", restart: "on-failure", backoff: 50, timeout_seconds: 1.5, stop_signal: "int", later: true }),
    ).toMatchObject({
      command: "x",
      argv: undefined,
      restart: "on_failure",
      backoffMs: 50,
      timeoutMs: 1500,
      stopSignal: "SIGINT",
      type: "task",
      provider: "raw",
      stdin: "null",
    });
    expect(run({ command: "x", restart: "on_failure" }).restart).toBe("on_failure");
  });

  it("keep an argv word by word, also empty ones behind the first", () => {
    expect(run({ argv: ["printf", "", "a b"] })).toMatchObject({ command: undefined, argv: ["printf", "", "a b"] });
  });
});

describe("the parameters of other commands", () => {
  it.each<[string, object, string]>([
    ["info", {}, "id: "],
    ["wait", { id: "a", timeout: -1 }, "timeout: must not be negative"],
    ["wait", { id: "a", for: "done" }, "for: must be of "],
    ["list", { status: ["nope"] }, "status: must be of "],
    ["logs", { id: "a", since: "never" }, "since: must be epoch"],
    ["stdin", { id: "a", base64: "%" }, "base64: must be base64"],
  ])("%s refuses %j and names the field", async (name, args, says) => {
    const side = (await loadCommand(name))?.wire;
    expect(errorOf(() => readParams(side?.params as never, args))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(says),
    });
  });
});
