import { OvermindError } from "../base/errors.ts";
import type { MissionSpec } from "../mission/spec.ts";
import { isFinal } from "../protocol/mission.ts";
import type { Terminal, TerminalScreen } from "../runner/terminal.ts";
import type { Terminals } from "../runner/terminals.ts";
import type { LiveMission } from "./live-mission.ts";
import type { MissionIndex } from "./mission-index.ts";

/** How a person joins a mission: on its terminal, line by line, or by taking the conversation over. */
export type AttachWay =
  | {
      readonly kind: "terminal";
      readonly id: string;
      readonly name: string;
      /** Of the tmux server. */
      readonly socket: string;
      readonly session: string;
      /** The devices that the server itself holds: who sits on one cannot attach. */
      readonly devices: readonly string[];
    }
  | { readonly kind: "lines"; readonly id: string; readonly name: string }
  | { readonly kind: "conversation"; readonly id: string; readonly name: string; readonly provider: string };

/** Terminals as they are asked for. A reference is an id or a name. */
export class TerminalDesk {
  readonly #index: MissionIndex;
  readonly #terminals: Terminals;

  constructor(index: MissionIndex, terminals: Terminals) {
    this.#index = index;
    this.#terminals = terminals;
  }

  /**
   * How a person joins a mission, as soon as it runs.
   *
   * @throws OvermindError not_session for a task without terminal, not_running
   */
  async attach(reference: string, signal: AbortSignal): Promise<AttachWay> {
    const row = this.#index.row(reference);
    const { type, agent, terminal } = row.spec as MissionSpec;
    const { id, name } = row;
    if (terminal == null && type !== "session") {
      throw new OvermindError("not_session", undefined, {
        details: { id },
        hint: `${name} has no terminal and takes no messages. Its output: overmind logs -f ${name}`,
      });
    }
    const mission = this.#live(reference);
    const isThere = ["running", "paused", "waiting"];
    await mission.until((now) => isThere.includes(now.status) || isFinal(now.status), signal);
    if (isFinal(mission.row.status)) throw notRunning(mission);
    if (agent != null) return { kind: "conversation", id, name, provider: mission.spec.provider };
    if (terminal == null) return { kind: "lines", id, name };
    const { session } = terminalOf(mission);
    const { socket } = this.#terminals.tmux;
    return { kind: "terminal", id, name, socket, session, devices: await this.#terminals.devices() };
  }

  /**
   * Lets go of everybody who is attached to a mission's terminal.
   *
   * @throws OvermindError not_running; invalid_argument where there is no terminal
   */
  async detach(reference: string): Promise<void> {
    const row = this.#index.row(reference);
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) throw hasEnded(row);
    if (mission.spec.terminal == null) throw nobodyThere(mission);
    await terminalOf(mission).detachClients();
  }

  /**
   * What a mission's terminal shows now; of one that starts, as soon as it has.
   *
   * @throws OvermindError not_running; invalid_argument where there is no terminal
   */
  async screen(reference: string, signal: AbortSignal): Promise<TerminalScreen> {
    const mission = this.#live(reference);
    if (mission.spec.terminal == null) throw noTerminal(mission);
    await mission.until(({ status }) => status !== "starting", signal);
    return terminalOf(mission).screen();
  }

  #live(reference: string): LiveMission {
    const row = this.#index.row(reference);
    if ((row.spec as MissionSpec).terminal == null && (row.spec as MissionSpec).type !== "session") throw noTerminal(row);
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) throw notRunning(row);
    return mission;
  }
}

function terminalOf(mission: LiveMission): Terminal {
  if (mission.spec.terminal == null) throw noTerminal(mission);
  const { attempt } = mission;
  if (attempt?.terminal == null || attempt.agent === null || attempt.isEnded) throw notRunning(mission);
  return attempt.terminal;
}

const notRunning = ({ id, name }: { id: string; name: string }) =>
  new OvermindError("not_running", undefined, { details: { id }, hint: `What it printed: overmind logs ${name}` });

const hasEnded = ({ id, name }: { id: string; name: string }) =>
  new OvermindError("not_running", undefined, {
    details: { id },
    hint: `${name} has ended: nobody is attached to it any more. What it printed: overmind logs ${name}`,
  });

/** Where there is no terminal, and no conversation that somebody has. */
function nobodyThere({ id, name, spec }: LiveMission): OvermindError {
  const isCommand = spec.agent == null;
  const [says, hint] =
    spec.type !== "session"
      ? [`nobody can be attached to ${name}`, `It has no terminal, and is no session. Its output: overmind logs -f ${name}`]
      : isCommand
        ? [`${name} has no terminal to let go of`, "Who types lines to it leaves with Ctrl-C or Ctrl-D."]
        : [`nobody has taken ${name} over`, "There is nobody to let go of: its conversation is with Overmind."];
  return new OvermindError("invalid_argument", says, { details: { field: "id", id }, hint });
}

const noTerminal = ({ id, name }: { id: string; name: string }) =>
  new OvermindError("invalid_argument", `${name} has no terminal`, {
    details: { field: "id", id },
    hint: "Only a mission started with run --tty has one.",
  });
