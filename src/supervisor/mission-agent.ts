import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { OvermindError } from "../base/errors.ts";
import type { ProcessEnd } from "../mission/classify-end.ts";
import type { Verdict } from "../mission/process-owner.ts";
import type { Heard } from "../providers/agent-reader.ts";
import { classifyEnd } from "../providers/classify-ending.ts";
import type { AgentEvent, ResultEvent, Usage } from "../providers/normalised-event.ts";
import type { AgentCommand, AgentRequest, Provider } from "../providers/provider.ts";
import { providerNamed } from "../providers/registry.ts";
import { addUsage, noUsage } from "../providers/usage.ts";
import type { Attempt } from "../runner/attempt.ts";
import { firstCommand } from "./agent-admission.ts";
import { agentProgram } from "./agent-program.ts";
import { AgentTalk, type SendRecord } from "./agent-talk.ts";
import { Requests } from "./inbox/requests.ts";
import { againRecord, holdForLimit, isHeld } from "./limits/turn-limit.ts";
import type { LiveMission, Surroundings } from "./live-mission.ts";
import { type Message, newMessage, unsent } from "./messages.ts";
import { liveLog } from "./mission-log.ts";
import { cutTurn } from "./spending/cut-turn.ts";
import { countersSoFar } from "./talk-counters.ts";
import { TalkFile, type TalkRecord } from "./talk-file.ts";

type Begin = TalkRecord & { did: "begin" };

/** A mission's agent over all its attempts: one conversation, the messages to it, what it said and used. */
export class MissionAgent {
  /** What it asks of people. */
  readonly requests: Requests;
  readonly #mission: LiveMission;
  readonly #around: Surroundings;
  readonly #request: AgentRequest;
  readonly #provider: Provider;
  readonly #memory: TalkFile;
  readonly #listeners = new Set<(event: AgentEvent) => void>();
  #queue: Message[];
  /** Written, their turn not ended; the oldest first. */
  #awaiting: Message[] = [];
  #talk: AgentTalk | null = null;
  #begin: Begin | null = null;
  /** Turns of the present attempt that are on record already. */
  #recordedTurns = 0;

  constructor(mission: LiveMission, request: AgentRequest, around: Surroundings) {
    this.#mission = mission;
    this.#around = around;
    this.#request = request;
    this.#provider = providerNamed(mission.spec.provider);
    this.#memory = new TalkFile(mission.paths.directory, (error) =>
      around.log.error({ err: error, mission: mission.id }, "what was said to an agent could not be kept"),
    );
    this.#queue = unsent(this.#memory.records());
    this.requests = new Requests(mission, this.#memory, around);
  }

  /** The command of an attempt; a later one goes on with the conversation, where that is known. */
  command(attempt: number): AgentCommand {
    const { session_id } = this.#mission.row;
    const { kind, capabilities } = this.#provider;
    const program = agentProgram(kind, this.#mission.paths.environment, this.#request.cwd);
    const request = program === null ? this.#request : { ...this.#request, program };
    if (attempt === 1) return firstCommand(request, kind);
    if (session_id !== null && capabilities.resume) return this.#provider.resumeCommand(request, session_id);
    // An id that an attempt may have used is not taken again.
    const sessionId = request.sessionId === null ? null : randomUUID();
    return firstCommand({ ...request, sessionId }, kind);
  }

  /** Begins to talk with an attempt that is started. */
  open(attempt: number, process: Attempt, command: AgentCommand): void {
    const resumes = attempt === 1 ? null : this.#mission.row.session_id;
    const counters = resumes === null ? null : countersSoFar(this.#memory.records());
    this.#begin = { did: "begin", attempt, before: usageOf(this.#mission), counters, resumes };
    this.#memory.add(this.#begin);
    this.#recordedTurns = 0;
    this.#greet(command);
    this.#open(attempt, process, command, [], 0);
  }

  /** Goes on talking with an attempt that a former daemon started. */
  adopt(attempt: number, process: Attempt): void {
    const records = this.#memory.records().filter((record) => "attempt" in record && record.attempt === attempt);
    this.#begin = records.find((record): record is Begin => record.did === "begin") ?? null;
    this.#recordedTurns = records.filter(({ did }) => did === "turn").length;
    const command =
      this.#begin?.resumes == null
        ? firstCommand(this.#request, this.#provider.kind)
        : this.#provider.resumeCommand(this.#request, this.#begin.resumes);
    if (!records.some(({ did }) => did === "send")) this.#greet(command);
    const size = statSync(this.#mission.paths.attempt(attempt).output, { throwIfNoEntry: false })?.size ?? 0;
    this.#open(attempt, process, command, records, size);
  }

  /**
   * Takes a message to be written as soon as the agent takes one.
   *
   * @returns the message, stored
   */
  send(text: string): Message {
    const message = newMessage(randomUUID(), text);
    this.#memory.add({ did: "queue", id: message.id, text });
    this.#queue.push(message);
    this.#pump();
    return message;
  }

  /** Whether a turn is under way, or a message on its way to become one. */
  get isBusy(): boolean {
    return this.#awaiting.length > 0 || this.#talk?.reader.state.turn === "running";
  }

  /** Whether a turn is under way. */
  get isInTurn(): boolean {
    return this.#talk?.reader.state.turn === "running" || this.#talk?.reader.state.turn === "waiting";
  }

  /** What the mission waited for is there: messages that were held go on their way. */
  goesOn(): void {
    this.#pump();
  }

  /**
   * Asks the agent by its own protocol to end the present turn.
   *
   * @throws OvermindError not_running where the agent only heeds signals, or none runs
   */
  interrupt(): void {
    const bytes = this.#talk?.reader.interrupt() ?? null;
    if (bytes === null || this.#talk === null) throw new OvermindError("not_running");
    this.#talk.write(bytes);
    this.requests.look();
  }

  /** Calls `listener` with what the agent says from now on. Answers what ends it. */
  onEvent(listener: (event: AgentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the agent's words and its end together mean; see `classifyEnd`. */
  async judge({ exitCode, signal }: ProcessEnd): Promise<Verdict> {
    const talk = this.#talk;
    if (talk === null) return {};
    try {
      await talk.end();
      const cut = cutTurn(talk.reader.state, this.#begin?.before ?? noUsage, this.#provider.capabilities);
      if (cut !== null) this.#mission.note({ attempt: this.#begin?.attempt ?? this.#mission.row.attempt, ...cut });
      const { successCodes } = this.#mission.spec.policy;
      const { state } = talk.reader;
      const ending = classifyEnd({ exitCode, signal, successCodes }, state, this.#request.type, this.#provider.endingRules);
      const until =
        ending.reason === "rate_limited" ? this.#around.limits.met(this.#mission.spec, ending.until ?? null) : undefined;
      const note = ending.reason === "completed" ? {} : { note: ending.note };
      return { verdict: ending.reason, ...note, ...(until === undefined ? {} : { until }) };
    } catch (error) {
      this.#around.log.error({ err: error, mission: this.#mission.id }, "the end of an agent could not be judged");
      return {};
    }
  }

  /** The attempt is over. */
  ended(): void {
    this.close();
    this.requests.end();
    this.#around.running.forget(this.#mission.id);
    for (const message of this.#awaiting.splice(0)) message.answered.reject(new OvermindError("exited"));
  }

  close(): void {
    this.#talk?.close();
    this.#talk = null;
  }

  /** The prompt is the first message; of a session only once, because the conversation remembers it. */
  #greet({ firstMessage }: AgentCommand): void {
    const wasSent = this.#request.type === "session" && this.#memory.records().some(({ did }) => did === "send");
    if (firstMessage !== null && !wasSent) this.#queue.unshift(newMessage(randomUUID(), firstMessage));
  }

  #open(number: number, process: Attempt, command: AgentCommand, records: readonly TalkRecord[], heardTo: number): void {
    this.close();
    const counters = this.#begin?.counters ?? null;
    const reader = this.#provider.openReader({ request: this.#request, resumes: this.#begin?.resumes ?? null, counters });
    const source = liveLog(this.#around.paths, this.#mission, true);
    const listener = {
      wrote: (sends: readonly SendRecord[]) => {
        this.#awaiting.push(...sends.map(({ id, text }) => newMessage(id, text)));
      },
      heard: (heard: Heard, at: number, isNew: boolean) => this.#heard(number, heard, at, isNew),
      finished: (events: readonly AgentEvent[]) => this.#tell(events),
    };
    const { log } = this.#around;
    const parts = { attempt: number, reader, command, source, memory: this.#memory, records, heardTo, listener, log };
    this.#talk = new AgentTalk(parts, process);
    this.requests.begin(number, this.#talk, records);
    this.#pump();
  }

  #heard(attempt: number, { events, delivered, refused }: Heard, at: number, isNew: boolean): void {
    for (const message of this.#awaiting) {
      if (delivered.includes(message.id)) message.delivered.resolve(true);
      if (refused.includes(message.id)) message.delivered.resolve(false);
    }
    this.#noteSession(attempt);
    if (isNew) this.#tell(events);
    for (const event of events) {
      if (event.type === "result") this.#turnEnded(attempt, event, spentIn(events));
    }
    this.requests.heard(events, at);
    if (this.#talk?.isCaughtUp === true) this.#around.running.set(this.#mission.id, this.#talk.reader.state.soFar);
    this.#pump();
  }

  #noteSession(attempt: number): void {
    const { sessionId, model } = this.#talk?.reader.state ?? { sessionId: null, model: null };
    if (sessionId === null || sessionId === this.#mission.row.session_id) return;
    this.#mission.note({ type: "mission.session", attempt, session_id: sessionId, model });
  }

  #turnEnded(attempt: number, result: ResultEvent, spent: Usage): void {
    const message = this.#awaiting.shift();
    if (result.turn <= this.#recordedTurns || this.#talk === null) {
      message?.answered.resolve(result);
      return;
    }
    this.#recordedTurns = result.turn;
    const { usage, counters, model } = this.#talk.reader.state;
    const { turn, outcome, error } = result;
    const total = { ...addUsage(this.#begin?.before ?? noUsage, usage) };
    const again = this.#heldForLimit(message);
    // Told first: a turn that a new daemon hears again counts once, one that it never hears of not at all.
    this.#mission.note({ type: "mission.turn_ended", attempt, turn, outcome, error, usage: total, spent, model });
    this.#memory.add({ did: "turn", attempt, result, counters, ...againRecord(again) });
    if (again === null) message?.answered.resolve(result);
  }

  /** Takes a message that met a limit back, before those that wait. */
  #heldForLimit(message: Message | undefined): Message | null {
    if (this.#talk === null || this.#request.type === "task") return null;
    const again = holdForLimit(this.#mission, this.#around.limits, this.#talk.reader.state, message);
    if (again !== null) this.#queue.splice(this.#queue.filter((one) => one.tries !== undefined).length, 0, again);
    return again;
  }

  #pump(): void {
    const talk = this.#talk;
    if (talk?.isCaughtUp !== true || isHeld(this.#mission.row)) return;
    for (let message = this.#queue[0]; message !== undefined; message = this.#queue[0]) {
      if (this.isBusy && !this.#provider.capabilities.queuesMessages) return;
      const bytes = talk.reader.userMessage(message.id, message.text);
      if (bytes === null) return;
      this.#queue.shift();
      this.#awaiting.push(message);
      const { id, text } = message;
      const attempt = this.#begin?.attempt ?? this.#mission.row.attempt;
      // Before it is written: a message is lost in doubt rather than said twice.
      this.#memory.add({ did: "send", attempt, id, at: talk.position, text });
      talk.write(bytes);
    }
  }

  #tell(events: readonly AgentEvent[]): void {
    for (const event of events) for (const listener of [...this.#listeners]) listener(event);
  }
}

const spentIn = (events: readonly AgentEvent[]): Usage => events.find((event) => event.type === "usage")?.turn ?? noUsage;

const usageOf = ({ row }: LiveMission): Usage => ({ ...noUsage, ...row.usage });
