import { OvermindError } from "../base/errors.ts";
import type { AgentFlag, AgentRequest, ProviderKind } from "./provider.ts";

/** Bytes that one argument may have on Linux, its final NUL included (MAX_ARG_STRLEN, execve(2)). */
const longestArgument = 131_071;

const given: Readonly<Record<AgentFlag, (request: AgentRequest) => boolean>> = {
  model: (request) => request.model !== null,
  "permission-mode": (request) => request.permissionMode !== null,
  "allow-tool": (request) => request.allowTools.length > 0,
  "system-prompt": (request) => request.systemPrompt !== null,
  "max-turns": (request) => request.maxTurns !== null,
  "mcp-config": (request) => request.mcpConfig !== null,
};

/**
 * Refuses flags that the agent cannot be told. `max-turns` is no such flag: whoever supervises
 * counts turns where the agent does not.
 *
 * @throws OvermindError `invalid_argument`
 */
export function refuseFlags(kind: ProviderKind, request: AgentRequest, taken: readonly AgentFlag[]): void {
  for (const flag of Object.keys(given) as AgentFlag[]) {
    if (flag === "max-turns" || taken.includes(flag) || !given[flag](request)) continue;
    throw new OvermindError("invalid_argument", `${kind} takes no --${flag}`, {
      details: { flag, provider: kind },
      hint: "Set it in the agent's own configuration, or pass the agent's own flag with --provider-arg.",
    });
  }
}

/**
 * The argv, when it can be run.
 *
 * @throws OvermindError `empty_command`; `invalid_argument` for a word that is too long or holds a NUL
 */
export function checkedArgv(argv: readonly string[]): readonly string[] {
  if (argv.length === 0 || argv[0] === "") {
    throw new OvermindError("empty_command", undefined, { hint: "Name the agent's command after --" });
  }
  for (const word of argv) {
    if (Buffer.byteLength(word) > longestArgument) {
      throw new OvermindError("invalid_argument", `an argument has more than ${longestArgument} bytes`, {
        hint: "Give long text as the prompt, or in a file.",
      });
    }
    if (word.includes("\0")) throw new OvermindError("invalid_argument", "an argument holds a NUL byte");
  }
  return argv;
}

/**
 * The prompt of a task.
 *
 * @throws OvermindError `empty_command` without one
 */
export function promptOf(request: AgentRequest): string {
  if (request.prompt === null || request.prompt.trim() === "") {
    throw new OvermindError("empty_command", "there is no prompt", {
      hint: "Say it in words, with --prompt, or as - on standard input; or begin a session, which takes messages: --type session",
    });
  }
  return request.prompt;
}

/** `[flag, value]`, or nothing. */
export const option = (flag: string, value: string | number | null): readonly string[] =>
  value === null ? [] : [flag, String(value)];
