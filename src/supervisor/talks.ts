import { OvermindError } from "../base/errors.ts";
import { type HomePaths, missionPaths } from "../base/paths.ts";
import { terminalText } from "../base/terminal-text.ts";
import type { MissionSpec } from "../mission/spec.ts";
import { readLog } from "../output/read-log.ts";
import { isFinal } from "../protocol/mission.ts";
import type { NormalisedEvent, ResultEvent } from "../providers/normalised-event.ts";
import type { MissionRow } from "../store/rows.ts";
import { agentEvents } from "./agent-events.ts";
import type { LiveMission } from "./live-mission.ts";
import type { Message } from "./messages.ts";
import type { MissionAgent } from "./mission-agent.ts";
import type { MissionIndex } from "./mission-index.ts";
import { liveLog } from "./mission-log.ts";
import { answerOfCommand } from "./raw-answer.ts";
import { lastResult } from "./talk-file.ts";
import { typeMessage } from "./type-message.ts";

/** How sure it is that the agent has a message. */
export type Delivery = "confirmed" | "unconfirmed";

export interface TurnAnswer {
  readonly text: string;
  readonly duration_ms: number;
  readonly cost_usd: number | null;
  readonly is_error: boolean;
  readonly error: string | null;
  readonly delivery: Delivery;
}

export interface SendOptions {
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

// Who does not wait for the answer waits this long for the agent's word that it has the message.
const confirmationMs = 5_000;

/** What can be said to missions, and heard of them. A reference is an id or a name. */
export class Talks {
  readonly #index: MissionIndex;
  readonly #paths: HomePaths;

  constructor(index: MissionIndex, paths: HomePaths) {
    this.#index = index;
    this.#paths = paths;
  }

  /**
   * Sends a message to a session: to an agent by its protocol, to a command as one line of stdin.
   *
   * @throws OvermindError not_session, not_running, paused, exited; timeout where the answer did not come in time
   */
  async send(reference: string, text: string, options: SendOptions): Promise<Delivery | TurnAnswer> {
    const mission = this.#addressee(reference);
    await mission.until((row) => row.status !== "starting" && row.status !== "queued", options.signal);
    if (mission.row.status === "paused") throw new OvermindError("paused");
    if (isFinal(mission.row.status) || mission.row.status === "stopping") throw new OvermindError("not_running");
    if (mission.agent !== null) return this.#ask(mission.agent, text, options, performance.now());
    if (mission.spec.terminal != null) return typeMessage(mission, text, options);
    if (options.wait) return answerOfCommand(mission, text, options);
    if (mission.attempt === null) throw new OvermindError("not_running");
    await mission.attempt.writeStdin(Buffer.from(`${text}\n`));
    return "confirmed";
  }

  /**
   * What a mission says from now on, then its end.
   *
   * @throws OvermindError not_session for a command that is no session
   */
  async *subscribe(reference: string, signal: AbortSignal): AsyncGenerator<NormalisedEvent> {
    const row = this.#index.row(reference);
    if (!isTalking(row)) throw new OvermindError("not_session");
    const mission = this.#index.findLive(row.id);
    if (mission?.agent) yield* agentEvents(mission, mission.agent, signal);
    else if (mission !== undefined) yield* plainEvents(this.#paths, mission, signal);
    const { status, exit_code } = mission?.row ?? row;
    if (!signal.aborted) yield { type: "exit", status, exit_code };
  }

  /** How the last turn of a mission ended; null: none has. */
  result(reference: string): ResultEvent | null {
    return lastResult(missionPaths(this.#paths, this.#index.row(reference).id).directory);
  }

  /**
   * Ends the present turn, not the session: by the agent's protocol; a command gets SIGINT.
   *
   * @throws OvermindError not_session, not_running
   */
  interrupt(reference: string, by: string): void {
    const mission = this.#session(reference);
    if (mission.agent !== null) mission.agent.interrupt();
    else if (mission.attempt?.agent == null || !mission.attempt.signalGroup("SIGINT")) throw new OvermindError("not_running");
    else mission.noteSignal("SIGINT", by);
  }

  async #ask(agent: MissionAgent, text: string, options: SendOptions, startedAt: number): Promise<Delivery | TurnAnswer> {
    const message = agent.send(text);
    if (!options.wait) return confirmation(message, Math.min(options.timeoutMs, confirmationMs));
    const result = await inTime(message.answered.promise, options.timeoutMs);
    if (result === null) throw new OvermindError("timeout");
    const { cost_usd, is_error, error } = result;
    const duration_ms = Math.round(performance.now() - startedAt);
    return { text: result.text, duration_ms, cost_usd, is_error, error, delivery: "confirmed" };
  }

  #session(reference: string): LiveMission {
    const row = this.#index.row(reference);
    if ((row.spec as MissionSpec).type !== "session") throw new OvermindError("not_session");
    return this.#addressee(reference);
  }

  /** A session, or what has a terminal to type on. */
  #addressee(reference: string): LiveMission {
    const row = this.#index.row(reference);
    const { type, terminal } = row.spec as MissionSpec;
    if (type !== "session" && terminal == null) throw new OvermindError("not_session");
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) throw new OvermindError("not_running");
    return mission;
  }
}

function isTalking(row: MissionRow): boolean {
  const { type, agent } = row.spec as MissionSpec;
  return type === "session" || agent != null;
}

async function confirmation(message: Message, timeoutMs: number): Promise<Delivery> {
  const had = await inTime(Promise.race([message.delivered.promise, message.answered.promise.then(() => true)]), timeoutMs);
  if (had === false) throw new OvermindError("invalid_argument", "the agent refused the message");
  return had === true ? "confirmed" : "unconfirmed";
}

async function inTime<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A command's lines from now on. */
async function* plainEvents(paths: HomePaths, mission: LiveMission, signal: AbortSignal): AsyncGenerator<NormalisedEvent> {
  const source = liveLog(paths, mission, true);
  try {
    for await (const { kind, bytes } of readLog(source, { follow: true, tail: 0, raw: false, linewise: true, signal })) {
      if (kind === "marker") continue;
      const line = bytes.toString().replace(/\n$/, "");
      const text = mission.spec.terminal == null ? line : terminalText(line);
      yield { type: "plain", text, raw: line };
    }
  } finally {
    source.close();
  }
}
