import type { StallFindings } from "../../events/domain-event.ts";
import type { ProcessEnd } from "../../mission/classify-end.ts";
import type { Verdict } from "../../mission/process-owner.ts";
import { endOfLastLine } from "../../output/last-lines.ts";
import { longestLineBytes } from "../../output/line-reader.ts";
import type { Heard } from "../../providers/agent-reader.ts";
import type { AgentEvent, ResultEvent, Usage } from "../../providers/normalised-event.ts";
import type { AgentCommand, AgentRequest, Provider } from "../../providers/provider.ts";
import { providerNamed } from "../../providers/registry.ts";
import { noUsage } from "../../providers/usage.ts";
import type { Attempt } from "../../runner/attempt.ts";
import { Requests } from "../inbox/requests.ts";
import { holdForLimit, isHeld } from "../limits/turn-limit.ts";
import type { LiveMission } from "../live-mission.ts";
import { liveLog } from "../mission-log.ts";
import { cutTurn } from "../spending/cut-turn.ts";
import type { Surroundings } from "../surroundings.ts";
import { AgentTalk } from "./agent-talk.ts";
import { Course } from "./course.ts";
import { rungs } from "./ending-rule.ts";
import { EndingWalk } from "./ending-walk.ts";
import { EventFeed } from "./event-feed.ts";
import type { Message } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { PoliteEnding } from "./polite-ending.ts";
import { isBehind, type Position } from "./position.ts";
import { type SendRecord, TalkFile, type TalkRecord } from "./talk-file.ts";
import { TurnActivity } from "./turn-activity.ts";
import { TurnLedger } from "./turn-ledger.ts";
import type { WatchedActivity, WatchedTurns } from "./turn-stall.ts";
import { verdictOf } from "./verdict.ts";

/** A mission's agent over all its attempts: one conversation, the messages to it, what it said and used. */
export class MissionAgent implements WatchedActivity, WatchedTurns {
  readonly provider: Provider;
  readonly request: AgentRequest;
  /** What it says from now on. */
  readonly feed = new EventFeed();
  /** What it asks of people. */
  readonly requests: Requests;
  readonly #mission: LiveMission;
  readonly #around: Surroundings;
  readonly #memory: TalkFile;
  readonly #outbox: Outbox;
  readonly #course: Course;
  readonly #ledger: TurnLedger;
  readonly #activity = new TurnActivity();
  readonly #ending = new PoliteEnding();
  #talk: AgentTalk | null = null;
  #process: Attempt | null = null;
  /** The turn that is about to begin is to be interrupted. */
  #interruptsNext = false;

  constructor(mission: LiveMission, request: AgentRequest, around: Surroundings) {
    this.#mission = mission;
    this.#around = around;
    this.request = request;
    this.provider = providerNamed(mission.spec.provider);
    this.#memory = new TalkFile(mission.paths.directory, (error) =>
      around.log.error({ err: error, mission: mission.id }, "what was said to an agent could not be kept"),
    );
    this.#outbox = new Outbox(this.#memory);
    this.#course = new Course(mission, request, this.provider, this.#memory);
    this.#ledger = new TurnLedger(mission, this.#memory, around.clock);
    this.requests = new Requests(mission, this.#memory, around);
  }

  /** The command of an attempt. */
  command(attempt: number): AgentCommand {
    return this.#course.command(attempt);
  }

  /** Begins to talk with an attempt that is started. */
  open(attempt: number, process: Attempt, command: AgentCommand): void {
    this.#course.begins(attempt);
    this.#ledger.attemptBegins([]);
    this.#greet(command);
    this.#open(attempt, process, command, [], 0);
  }

  /** Goes on talking with an attempt that a former daemon started. */
  adopt(attempt: number, process: Attempt): void {
    const { records, command } = this.#course.wasBegun(attempt);
    this.#ledger.attemptBegins(records);
    if (!records.some(({ did }) => did === "send")) this.#greet(command);
    const heardTo = endOfLastLine(this.#mission.paths.attempt(attempt).output, longestLineBytes);
    this.#open(attempt, process, command, records, heardTo);
  }

  /**
   * Takes a message to be written as soon as the agent takes one; one that was taken before is answered as it stands.
   *
   * @param interrupt the present turn is ended for it, and it goes before those that wait
   * @returns the message, stored
   */
  send(id: string, text: string, interrupt = false): Message {
    const message = this.#outbox.add(id, text, interrupt);
    const isWaiting = this.#outbox.next === message;
    if (interrupt && isWaiting && this.isBusy) this.#interruptsNext = !this.interrupt();
    this.#activity.tell();
    this.#pump();
    return message;
  }

  /** Whether a turn is under way, or a message on its way to become one. */
  get isBusy(): boolean {
    return this.#outbox.isAwaiting || this.#talk?.reader.now.turn === "running";
  }

  /** Whether a turn is under way. */
  get isInTurn(): boolean {
    return this.#talk?.reader.now.turn === "running" || this.#talk?.reader.now.turn === "waiting";
  }

  /** What the mission waited for is there: messages that were held go on their way. */
  goesOn(): void {
    this.#pump();
  }

  get isWorking(): boolean {
    return this.#talk?.reader.now.turn !== "waiting" && (this.isBusy || !this.#outbox.isEmpty);
  }

  get isOnlyRetrying(): boolean {
    return this.#activity.isOnlyRetrying;
  }

  onActivity(listener: () => void): () => void {
    return this.#activity.onActivity(listener);
  }

  /** Asks the agent by its own protocol to end the present turn; false where that cannot be done. */
  interrupt(): boolean {
    const bytes = this.#talk?.reader.interrupt() ?? null;
    if (bytes === null || this.#talk === null) return false;
    this.#talk.write(bytes);
    this.requests.look();
    return true;
  }

  get turns(): number {
    return this.#talk?.reader.now.turns ?? 0;
  }

  interruptSilence(silentMs: number, evidence: StallFindings): boolean {
    if (!this.interrupt()) return false;
    const { attempt, offset: at } = this.position;
    const limitMs = this.#mission.spec.policy.activityTimeoutMs ?? silentMs;
    this.#memory.add({ did: "interrupt", attempt, at, time: this.#around.clock.now(), silentMs: limitMs });
    this.#mission.note({ type: "mission.stalled", attempt, silent_ms: silentMs, on_stall: "interrupt", evidence });
    return true;
  }

  /** Begins to end the attempt as this kind of agent is ended best; whoever asks kills it when its grace is over. */
  endPolitely(stopSignal: NodeJS.Signals): true {
    const ladder = this.provider.endingLadder(this.request.type);
    const agent = {
      interrupt: () => this.interrupt(),
      closeStdin: () => this.#talk?.closeStdin(),
      signal: (signal: NodeJS.Signals) => this.#process?.signalGroup(signal),
    };
    this.#ending.ask(this.#talk, () => {
      const isIdle = !this.isBusy && this.#talk?.reader.now.turn !== "waiting";
      const { graceMs } = this.#mission.spec.policy;
      return new EndingWalk(rungs(ladder, { graceMs, stopSignal, isIdle }), agent, this.#around.clock);
    });
    return true;
  }

  /** The position behind all that was heard. */
  get position(): Position {
    return { attempt: this.#course.begin?.attempt ?? this.#mission.row.attempt, offset: this.#talk?.position ?? 0, index: 0 };
  }

  /** The position from which on it says what it says from now on; null: no attempt of it runs. */
  get newsFrom(): Position | null {
    return this.#talk === null ? null : { ...this.position, offset: this.#talk.newsFrom };
  }

  /** Whether nothing behind this position was heard yet, so that who listens from now on misses nothing. */
  hasHeardAll(since: Position): boolean {
    return this.#talk?.isCaughtUp === true && !isBehind(this.position, since);
  }

  /** Resolves once all is known again that a former daemon knew of it: before, it seems to ask nothing and to have no turn. */
  get caughtUp(): Promise<void> {
    return this.#talk?.caughtUp ?? Promise.resolve();
  }

  /** What the agent's words and its end together mean; see `verdictOf`. */
  async judge(end: ProcessEnd): Promise<Verdict> {
    const talk = this.#talk;
    if (talk === null) return {};
    try {
      await talk.end();
      const { begin } = this.#course;
      const cut = cutTurn(talk.reader.state, begin?.before ?? noUsage, this.provider.capabilities);
      if (cut !== null) this.#mission.note({ attempt: begin?.attempt ?? this.#mission.row.attempt, ...cut });
      if (this.#course.isLost(talk.reader.state)) this.#course.giveUp();
      return verdictOf(end, talk.reader.state, this.#mission.spec, this.provider, this.#around.limits);
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
    this.#outbox.attemptEnded();
  }

  close(): void {
    this.#ending.close();
    this.#talk?.close();
    this.#talk = null;
    this.#process = null;
  }

  #greet({ firstMessage }: AgentCommand): void {
    if (firstMessage !== null && this.#course.lacksPrompt) this.#outbox.greet(firstMessage);
  }

  #open(number: number, process: Attempt, command: AgentCommand, records: readonly TalkRecord[], heardTo: number): void {
    this.close();
    this.#process = process;
    this.#interruptsNext = false;
    this.#activity.reset();
    const { resumes, counters } = this.#course.begin ?? { resumes: null, counters: null };
    const reader = this.provider.openReader({ request: this.request, resumes, counters });
    const source = liveLog(this.#around.paths, this.#mission, true, true);
    const listener = {
      wrote: (sends: readonly SendRecord[]) => this.#outbox.wasWritten(sends),
      heard: (heard: Heard, at: number, isNew: boolean) => this.#heard(number, heard, at, isNew),
      finished: (events: readonly AgentEvent[], at: number) => this.feed.tell(number, at, events),
    };
    const kept = { memory: this.#memory, records, heardTo, log: this.#around.log };
    this.#talk = new AgentTalk({ attempt: number, reader, command, source, listener, ...kept }, process);
    this.requests.begin(number, this.#talk, records);
    this.#pump();
  }

  #heard(attempt: number, heard: Heard, at: number, isNew: boolean): void {
    for (const { id, why } of this.#outbox.hears(heard))
      this.#mission.note({ type: "mission.message_refused", attempt, message: id, note: why });
    const now = this.#talk?.reader.now;
    if (now !== undefined) this.#course.isNamed(attempt, now);
    if (now !== undefined) this.#activity.heard(now);
    if (isNew) this.feed.tell(attempt, at, heard.events);
    for (const event of heard.events) {
      if (event.type === "result") this.#turnEnded(attempt, event, spentIn(heard.events));
      if (event.type === "system" && event.subtype === "resume_failed" && isNew) this.#course.noteNew("resume_failed");
    }
    this.requests.heard(heard.events, at);
    if (this.#talk?.isCaughtUp === true) this.#around.running.set(this.#mission.id, this.#talk.reader.now.soFar);
    if (this.#interruptsNext && this.interrupt()) this.#interruptsNext = false;
    this.#pump();
  }

  #turnEnded(attempt: number, result: ResultEvent, spent: Usage): void {
    this.#interruptsNext = false;
    const talk = this.#talk;
    if (talk !== null && this.#course.isLost(talk.reader.state) && this.request.type === "session") {
      this.#outbox.takeBack();
      return;
    }
    const message = this.#outbox.turnEnded();
    this.#ending.turnEnded();
    if (talk === null || this.#ledger.has(result)) {
      message?.answered.resolve(result);
      return;
    }
    const { state } = talk.reader;
    const again = this.request.type === "session" ? holdForLimit(this.#mission, this.#around.limits, state, message) : null;
    if (again !== null) this.#outbox.again(again);
    const before = this.#course.begin?.before ?? noUsage;
    this.#ledger.add({ attempt, result, spent, before, message, again }, state);
    if (again === null) message?.answered.resolve(result);
    // It could not be opened: it will never take a message.
    if (!state.isReady) talk.closeStdin();
  }

  #pump(): void {
    const talk = this.#talk;
    if (this.#outbox.next === undefined || talk?.isCaughtUp !== true || this.#ending.isAsked) return;
    if (isHeld(this.#mission.row)) return;
    for (let message = this.#outbox.next; message !== undefined; message = this.#outbox.next) {
      if (this.isBusy && !this.provider.capabilities.queuesMessages) return;
      const bytes = talk.reader.userMessage(message.id, message.text);
      if (bytes === null) return;
      const { attempt, offset } = this.position;
      this.#outbox.writes(attempt, offset, this.#around.clock.now());
      void talk.deliver(bytes).then((isTaken) => isTaken && this.#outbox.isWritten(attempt, message.id));
    }
  }
}

const spentIn = (events: readonly AgentEvent[]): Usage => events.find((event) => event.type === "usage")?.turn ?? noUsage;
