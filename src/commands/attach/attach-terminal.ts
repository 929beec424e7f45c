import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { asOvermindError, OvermindError } from "../../base/errors.ts";
import { isFinal, type WaitResult } from "../../protocol/mission.ts";
import type { AttachWay } from "../../supervisor/terminal-desk.ts";
import type { CommandLineContext } from "../command-line-context.ts";
import { endSentence } from "../outcome/report-end.ts";

type TerminalWay = AttachWay & { kind: "terminal" };

// The terminal is gone a moment before the daemon has recorded why.
const endMs = 5000;

/**
 * Joins a mission's terminal until the person leaves it or the mission ends; a mission that starts again is
 * joined again. Answers 0 either way, and says which.
 *
 * @throws OvermindError invalid_argument without a terminal here, or on one of the home's own; internal where tmux fails
 */
export async function attachTerminal(context: CommandLineContext, first: TerminalWay): Promise<number> {
  refuseWithoutTerminal(context, first.name);
  const client = await context.connect();
  for (let way = first; ; ) {
    refuseOwnTerminal(way);
    await showTerminal(context, way);
    if (await isThere(way)) {
      context.screen.say(`Left ${way.name}; it goes on. Back to it: overmind attach ${way.name}`);
      return 0;
    }
    const end = await fate(context, way);
    if (isFinal(end.status)) {
      context.screen.say(endSentence(end));
      return 0;
    }
    context.screen.say(`${way.name} is starting again`);
    const again = await client.request<AttachWay>("attach", { id: way.id }, { resend: true }).catch(notAgain(context, way));
    if (again?.kind !== "terminal") return 0;
    way = again;
  }
}

function refuseWithoutTerminal({ stdin, screen }: CommandLineContext, name: string): void {
  if (stdin.isTTY && screen.isTerminal) return;
  throw new OvermindError("invalid_argument", "attach needs a terminal as its input and output", {
    hint: `Without one: overmind screen ${name}, overmind send ${name} TEXT, overmind logs -f ${name}`,
  });
}

/** A terminal that shows itself would draw for ever. */
function refuseOwnTerminal({ devices, name }: TerminalWay): void {
  const own = ownDevice();
  if (own === null || !devices.includes(own)) return;
  throw new OvermindError("invalid_argument", "this terminal is itself a mission's: attach from another one", {
    details: { device: own },
    hint: `What it shows: overmind screen ${name}`,
  });
}

function ownDevice(): string | null {
  try {
    return readlinkSync("/proc/self/fd/0");
  } catch {
    return null;
  }
}

async function showTerminal(context: CommandLineContext, way: TerminalWay): Promise<void> {
  const given = context.environment["TERM"];
  const type = given === undefined || given === "" || given === "dumb" || given === "unknown" ? "xterm-256color" : given;
  const shown = await tmux(context, way, ["attach-session", "-t", `=${way.session}`], type);
  if (shown.code === 0) return;
  // A terminal newer than this machine's descriptions; nearly all understand this one.
  const isUnknown = /missing or unsuitable terminal/.test(shown.complaint);
  const tried = isUnknown && type !== "xterm-256color";
  const end = tried ? await tmux(context, way, ["attach-session", "-t", `=${way.session}`], "xterm-256color") : shown;
  const isGone = /can't find session|no server running|server exited|error connecting/.test(end.complaint);
  // Where the server goes with its last terminal tmux says so on the terminal, and ends with 1.
  if (end.complaint === "" || isGone) return;
  throw new OvermindError("internal", `tmux: ${end.complaint || `ended with ${end.code}`}`, {
    ...(isUnknown ? { hint: "Set TERM to a type that this machine knows, such as xterm." } : {}),
  });
}

/** A server that is about to end may answer nothing and call it success: only the name itself is evidence. */
async function isThere(way: TerminalWay): Promise<boolean> {
  const words = ["display-message", "-p", "-t", `=${way.session}:`, "#{session_name}"];
  const { said } = await run(way, words, { stdio: ["ignore", "pipe", "pipe"] });
  return said === way.session;
}

/** How the mission goes on, as soon as the daemon knows. */
async function fate(context: CommandLineContext, { id }: TerminalWay): Promise<WaitResult> {
  const client = await context.connect();
  try {
    return await client.request<WaitResult>("wait", { id, for: ["restarting", "starting"], timeout: endMs }, { resend: true });
  } catch (thrown) {
    const { code } = asOvermindError(thrown);
    // It was removed at its end, or it starts again so fast that nobody saw it stand still.
    if (code === "timeout") return client.request<WaitResult>("info", { id }, { resend: true });
    throw thrown;
  }
}

const notAgain =
  (context: CommandLineContext, { id }: TerminalWay) =>
  async () => {
    const client = await context.connect();
    context.screen.say(endSentence(await client.request<WaitResult>("wait", { id }, { resend: true })));
    return null;
  };

interface Ended {
  readonly code: number | null;
  readonly complaint: string;
  /** What it printed, unless that went to this terminal. */
  readonly said: string;
}

const tmux = async ({ environment }: CommandLineContext, way: TerminalWay, words: readonly string[], type: string) => {
  // Set by another tmux, around this terminal: ours lies in it like any program.
  const { TMUX: _, TMUX_PANE: __, ...rest } = environment;
  const options = { stdio: ["inherit", "inherit", "pipe"] as Stdio[], env: { ...rest, TERM: type } };
  // -N: a server that is gone is not started again, least of all with this environment. Before 3.3 there was none.
  const ended = await run(way, ["-N", ...words], options);
  return /usage:|option/.test(ended.complaint) ? run(way, words, options) : ended;
};

type Stdio = "inherit" | "ignore" | "pipe";

function run(
  { socket }: TerminalWay,
  words: readonly string[],
  options: { stdio: Stdio[]; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn("tmux", ["-S", socket, "-f", "/dev/null", ...words], options);
    let complaint = "";
    let said = "";
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes;
    });
    child.stderr?.on("data", (bytes: Buffer) => {
      complaint = `${complaint}${bytes}`.slice(-1000);
    });
    // The terminal was closed under us: tmux lets go of the mission, which goes on.
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    const signals = ["SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, pass);
    const over = () => {
      for (const signal of signals) process.removeListener(signal, pass);
    };
    child.once("error", (error) => {
      over();
      reject(new OvermindError("internal", `tmux: ${error.message}`, { hint: "Install tmux, for example: apt install tmux" }));
    });
    child.once("close", (code) => {
      over();
      resolve({ code, complaint: complaint.trim(), said: said.trim() });
    });
  });
}
