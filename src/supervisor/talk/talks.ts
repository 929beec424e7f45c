import { statSync } from "node:fs";
import { OvermindError } from "../../base/errors.ts";
import { type HomePaths, missionPaths } from "../../base/paths.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { readLog } from "../../output/read-log.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { NormalisedEvent, ResultEvent } from "../../providers/normalised-event.ts";
import type { AttemptRow, MissionRow } from "../../store/rows.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";
import { finishedLog, liveLog } from "../mission-log.ts";
import { agentEvents } from "./agent-events.ts";
import { sayToCommand } from "./command-message.ts";
import { conversationEvents, plainEvent } from "./conversation-events.ts";
import { formerMessage, type Message } from "./messages.ts";
import { type Position, positionOf, positionText } from "./position.ts";
import { emptyMessage, isPaused, noTurns, notRunning, tooLate } from "./refusals.ts";
import { lastResult, TalkFile } from "./talk-file.ts";
import { typeMessage } from "./type-message.ts";

/** How sure it is that the agent has a message. */
export type Delivery = "confirmed" | "unconfirmed";

export interface TurnAnswer {
  readonly text: string;
  readonly duration_ms: number;
  readonly cost_usd: number | null;
  readonly is_error: boolean;
  readonly error_text: string | null;
  readonly delivery: Delivery;
}

export interface SendOptions {
  /** The message's own, a UUID. */
  readonly id: string;
  /** It may have been sent before. */
  readonly isResent: boolean;
  /** The present turn is ended for it. */
  readonly interrupt: boolean;
  /** Who sends it. */
  readonly by: string;
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
  readonly #attemptsOf: (id: string) => readonly AttemptRow[];

  /** @param attemptsOf what is stored of a mission's attempts */
  constructor(index: MissionIndex, paths: HomePaths, attemptsOf: (id: string) => readonly AttemptRow[]) {
    this.#index = index;
    this.#paths = paths;
    this.#attemptsOf = attemptsOf;
  }

  /**
   * Sends a message to a session: to an agent by its protocol, to a command as one line of stdin. One
   * whose id was sent before is answered as it stands, and not sent again.
   *
   * @throws OvermindError not_session, not_running, paused, exited; timeout where the answer did not come in time
   */
  async send(reference: string, text: string, options: SendOptions): Promise<Delivery | TurnAnswer> {
    const row = this.#addressee(reference);
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) return this.#formerAnswer(row, options);
    await mission.begun(options.signal);
    await mission.agent?.caughtUp;
    if (mission.row.status === "paused") throw isPaused(mission.row);
    if (isFinal(mission.row.status) || mission.row.status === "stopping") return this.#formerAnswer(row, options);
    if (mission.spec.terminal != null) return typeMessage(mission, text, options);
    if (mission.agent === null) return sayToCommand(mission, text, options);
    if (text.trim() === "") throw emptyMessage();
    return answerTo(mission.agent.send(options.id, text, options.interrupt), options, mission);
  }

  /**
   * What a mission says from now on, or behind the place of an event, then its end.
   *
   * @throws OvermindError not_session for a command that is no session; invalid_argument for what is no place
   */
  async *subscribe(reference: string, signal: AbortSignal, since?: string): AsyncGenerator<NormalisedEvent> {
    const from = since === undefined ? null : positionOf(since);
    const row = this.#index.row(reference);
    if (!isTalking(row)) throw noSession(row);
    const mission = this.#index.findLive(row.id);
    const agent = mission?.agent ?? null;
    if (from !== null && agent?.hasHeardAll(from) !== true) yield* this.#told(row, mission, from, signal);
    else if (mission !== undefined && agent !== null) yield* agentEvents(mission, agent, signal);
    else if (mission !== undefined) yield* plainEvents(this.#paths, mission, signal);
    const { status, exit_code } = mission?.row ?? row;
    if (!signal.aborted) yield { type: "exit", status, exit_code };
  }

  /**
   * The position from which on a mission says what it says from now on; null: it has ended.
   *
   * @throws OvermindError not_session
   */
  position(reference: string): string | null {
    const row = this.#index.row(reference);
    if (!isTalking(row)) throw noSession(row);
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) return null;
    const next = mission.agent?.newsFrom ?? null;
    if (next !== null) return positionText(next);
    const { output } = mission.paths.attempt(mission.row.attempt);
    const offset = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
    return positionText({ attempt: mission.row.attempt, offset, index: 0 });
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
  async interrupt(reference: string, by: string): Promise<void> {
    const row = this.#index.row(reference);
    if ((row.spec as MissionSpec).type !== "session") throw noTurns(row);
    const mission = this.#index.findLive(row.id);
    if (mission === undefined) throw notRunning(row);
    await mission.agent?.caughtUp;
    if (mission.agent !== null) {
      if (!mission.agent.interrupt()) throw new OvermindError("not_running");
    } else if (mission.attempt?.agent == null || !mission.attempt.signalGroup("SIGINT")) throw new OvermindError("not_running");
    else mission.noteSignal("SIGINT", by);
  }

  async *#told(
    row: MissionRow,
    mission: LiveMission | undefined,
    since: Position,
    signal: AbortSignal,
  ): AsyncGenerator<NormalisedEvent> {
    const spec = row.spec as MissionSpec;
    const log = mission ? liveLog(this.#paths, mission, true) : finishedLog(this.#paths, row, this.#attemptsOf(row.id));
    try {
      yield* conversationEvents({ spec, directory: missionPaths(this.#paths, row.id).directory, log }, since, signal);
    } finally {
      log.close();
    }
  }

  /** Of a message that was sent before its mission ended. */
  #formerAnswer(row: MissionRow, options: SendOptions): Promise<Delivery | TurnAnswer> {
    const records = options.isResent ? new TalkFile(missionPaths(this.#paths, row.id).directory).records() : [];
    const message = formerMessage(records, options.id);
    if (message === null) throw notRunning(row);
    return answerTo(message, options);
  }

  /** A session, or what has a terminal to type on. */
  #addressee(reference: string): MissionRow {
    const row = this.#index.row(reference);
    const { type, terminal } = row.spec as MissionSpec;
    if (type !== "session" && terminal == null) throw noSession(row);
    return row;
  }
}

const noSession = ({ id, name }: MissionRow): OvermindError =>
  new OvermindError("not_session", undefined, {
    details: { id },
    hint: `${name} takes no messages; a mission that does is started with run --type session. Its output: overmind logs ${name}`,
  });

function isTalking(row: MissionRow): boolean {
  const { type, agent } = row.spec as MissionSpec;
  return type === "session" || agent != null;
}

async function answerTo(message: Message, options: SendOptions, mission?: LiveMission): Promise<Delivery | TurnAnswer> {
  const startedAt = performance.now();
  if (!options.wait) return confirmation(message, Math.min(options.timeoutMs, confirmationMs));
  const result = await inTime(message.answered.promise, options.timeoutMs);
  if (result === null) throw mission === undefined ? new OvermindError("timeout") : tooLate(mission.row);
  const { cost_usd, is_error, error_text } = result;
  const duration_ms = Math.round(performance.now() - startedAt);
  return { text: result.text, duration_ms, cost_usd, is_error, error_text, delivery: "confirmed" };
}

async function confirmation(message: Message, timeoutMs: number): Promise<Delivery> {
  // An agent that ended before it said so may have had it nevertheless.
  const isAnswered = message.answered.promise.then(
    () => true,
    () => Promise.race([message.delivered.promise, null]),
  );
  const had = await inTime(Promise.race([message.delivered.promise, isAnswered]), timeoutMs);
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
    const options = { follow: true, tail: 0, raw: false, linewise: true, signal };
    for await (const { kind, attempt, offset, bytes } of readLog(source, options)) {
      if (kind !== "marker") yield plainEvent(mission.spec, attempt, offset, bytes.toString().replace(/\n$/, ""));
    }
  } finally {
    source.close();
  }
}
