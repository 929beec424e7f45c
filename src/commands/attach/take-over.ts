import { type ChildProcess, spawn } from "node:child_process";
import { asOvermindError, OvermindError } from "../../base/errors.ts";
import { isFinal, type Status } from "../../protocol/mission.ts";
import type { TakeOverEvent } from "../../protocol/take-over.ts";
import { requester } from "../caller/requester.ts";
import type { CommandLineContext } from "../command-line-context.ts";

type Ready = TakeOverEvent & { readonly type: "ready" };

// A program that was asked to leave and does not.
const leaveMs = 3_000;

/**
 * Takes a session's conversation over: its agent ends, its own terminal program is opened on the
 * same conversation here, and when that is left the session goes on with what was said there.
 * Answers the program's exit code.
 *
 * @throws OvermindError invalid_argument without a terminal here; what `take_over` throws
 */
export async function takeOver(context: CommandLineContext, { id, name }: { id: string; name: string }): Promise<number> {
  if (!context.stdin.isTTY || !context.screen.isTerminal) {
    throw new OvermindError("invalid_argument", "attach needs a terminal as its input and output", {
      hint: `Without one: overmind pause --json ${name} shows which conversation to open, overmind unpause ${name} goes on with it.`,
    });
  }
  const program = new TerminalProgram(context, id);
  try {
    const client = await context.connect();
    const args = { id, by: requester(context) };
    context.screen.say(`Taking ${name} over; it goes on when you leave.`);
    for await (const event of client.stream<TakeOverEvent>("take_over", args, { resume: () => args })) {
      if (event.type === "ready") await program.open(event);
      else program.leave();
    }
  } catch (thrown) {
    // Without a daemon there is nobody to tell, and the next one goes on by itself once this is left.
    if (!program.isOpen) throw thrown;
    const { message } = asOvermindError(thrown);
    context.screen.say(`The daemon is gone (${message}); the mission goes on once there is one and you have left.`);
  }
  const code = await program.left();
  await sayHowItGoesOn(context, id, name);
  return code;
}

async function sayHowItGoesOn(context: CommandLineContext, id: string, name: string): Promise<void> {
  const client = await context.connect().catch(() => null);
  const { status } = (await client?.request<{ status: Status }>("info", { id }, { resend: true }).catch(() => null)) ?? {};
  if (status === undefined) return;
  context.screen.say(
    isFinal(status) ? `Left ${name}, which is ${status}.` : `Left ${name}; it goes on: overmind logs -f ${name}`,
  );
}

/** The agent's own program on this terminal. */
class TerminalProgram {
  readonly #context: CommandLineContext;
  readonly #id: string;
  #child: ChildProcess | null = null;
  #ended: Promise<number> = Promise.resolve(0);
  #failure: OvermindError | null = null;

  constructor(context: CommandLineContext, id: string) {
    this.#context = context;
    this.#id = id;
  }

  get isOpen(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Opens it, once; who comes back to another daemon tells that it is open. */
  async open({ argv, cwd, environment }: Ready): Promise<void> {
    if (this.#child === null) {
      const [program = "", ...words] = argv;
      const env = { ...decoded(environment), ...ownTerminal(this.#context.environment) };
      this.#child = spawn(program, words, { cwd, env, stdio: "inherit" });
      this.#ended = this.#watch(this.#child, program).then(async (code) => {
        await this.#giveBack();
        return code;
      });
    }
    const child = this.#child.pid;
    if (child !== undefined && this.isOpen) await this.#tell({ child });
  }

  /** Resolves when it was left and the mission goes on. */
  async left(): Promise<number> {
    const code = await this.#ended;
    if (this.#failure !== null) throw this.#failure;
    return code;
  }

  leave(): void {
    this.#child?.kill("SIGTERM");
    setTimeout(() => this.#child?.kill("SIGKILL"), leaveMs).unref();
  }

  async #giveBack(): Promise<void> {
    // Somebody may have done so meanwhile, or ended the mission.
    await this.#tell({ back: true }).catch(() => undefined);
  }

  async #tell(what: object): Promise<void> {
    const client = await this.#context.connect();
    await client.request("take_over", { id: this.#id, by: requester(this.#context), ...what }, { resend: true });
  }

  #watch(child: ChildProcess, program: string): Promise<number> {
    // The terminal sends its keys' signals to both; only the program is meant.
    const ignore = () => undefined;
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, ignore);
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, pass);
    return new Promise((resolve) => {
      const over = (code: number) => {
        for (const signal of ["SIGINT", "SIGQUIT"] as const) process.removeListener(signal, ignore);
        for (const signal of ["SIGTERM", "SIGHUP"] as const) process.removeListener(signal, pass);
        resolve(code);
      };
      child.once("error", (error) => {
        this.#failure = new OvermindError("internal", `${program} cannot be opened: ${error.message}`, { cause: error });
        over(1);
      });
      child.once("close", (code) => over(code ?? 1));
    });
  }
}

function decoded(entries: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of entries) {
    const text = Buffer.from(entry, "base64").toString();
    env[text.slice(0, text.indexOf("="))] = text.slice(text.indexOf("=") + 1);
  }
  return env;
}

/** What describes this terminal, rather than the one the mission was started from. */
function ownTerminal(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ["TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "TMUX_PANE", "SSH_TTY"];
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}
