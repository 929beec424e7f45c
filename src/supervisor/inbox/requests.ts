import { isoTime } from "../../base/clock.ts";
import { faultPoint } from "../../base/fault-points.ts";
import type { PendingView } from "../../protocol/mission.ts";
import type { AgentEvent, PendingRequest } from "../../providers/normalised-event.ts";
import type { LiveMission } from "../live-mission.ts";
import type { Surroundings } from "../surroundings.ts";
import type { AgentTalk } from "../talk/agent-talk.ts";
import type { TalkFile, TalkRecord } from "../talk/talk-file.ts";
import { chosenAnswer, type GivenAnswer } from "./answer-choice.ts";
import { answerOfRule } from "./answer-of-rule.ts";
import { FormerAnswers } from "./former-answers.ts";
import { type Answered, answeredAlready, chosenRequest } from "./request-choice.ts";
import { cutInput, whatOf } from "./shown-request.ts";

interface Open {
  readonly request: PendingRequest;
  /** Offset of the line that asks, by which it is told from another one of the same id. */
  readonly at: number;
  /** Epoch ms. */
  readonly askedAt: number;
  readonly inDoubt: PendingView["in_doubt"];
}

// Those who come too late are told of the newest.
const keptAnswers = 100;

/** What a mission's agent asks of people: announced, answered by rules or people, kept over a new daemon. */
export class Requests {
  readonly #mission: LiveMission;
  readonly #around: Surroundings;
  readonly #memory: TalkFile;
  readonly #open = new Map<string, Open>();
  #answered: Answered[] = [];
  #talk: AgentTalk | null = null;
  #attempt = 0;
  #former = new FormerAnswers([]);
  /** Offsets of the lines that asked last under an id. */
  #places = new Map<string, number>();
  #isLooking = false;
  /** What the mission was last said to wait for. */
  #told: string | null = null;
  /** Whether something is open that no daemon spoke of before this one. */
  #hasNews = false;

  constructor(mission: LiveMission, memory: TalkFile, around: Surroundings) {
    this.#mission = mission;
    this.#memory = memory;
    this.#around = around;
    mission.onChange(() => this.#settle());
  }

  /** @param records what a former daemon did in this attempt */
  begin(attempt: number, talk: AgentTalk, records: readonly TalkRecord[]): void {
    this.#attempt = attempt;
    this.#talk = talk;
    this.#former = new FormerAnswers(records);
    this.#answered.push(...this.#former.answers());
  }

  /** A line at this offset said so. */
  heard(events: readonly AgentEvent[], at: number): void {
    for (const event of events) {
      if (event.type !== "needs_input") continue;
      this.#places.set(event.request_id, at);
      // Said again of what a former daemon answered, so that the reader knows it; nothing is written.
      if (this.#former.isAnswered(event.request_id, at)) {
        this.#talk?.reader.answerPermission(event.request_id, { decision: "deny" });
      }
    }
    this.look();
  }

  /** Takes note of what the agent asks now, and of what it asks no more. */
  look(): void {
    const talk = this.#talk;
    // A former daemon's lines are news only when all of them are known: what they ask may be settled.
    if (talk === null || !talk.isCaughtUp || this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { pending } = talk.reader.now;
      for (const one of this.#open.values()) if (!pending.some((request) => this.#isOpen(request, one))) this.#withdraw(one);
      for (const request of pending) if (!this.#open.has(request.request_id)) this.#take(request);
    } finally {
      this.#isLooking = false;
    }
    this.#settle();
  }

  /**
   * Answers what the agent asks. The answer is on record before it is written.
   *
   * @param reference the request's id, or a beginning of it; null: the only one
   * @returns the request, and whether the agent's stdin took the answer, once it did
   * @throws OvermindError not_found, also for what was answered already; invalid_argument
   */
  answer(reference: string | null, given: GivenAnswer, by: string): { request: PendingRequest; written: Promise<boolean> } {
    const request = chosenRequest(
      this.#mission.name,
      reference,
      [...this.#open.values()].map(({ request }) => request),
      this.#answered,
    );
    const written = this.#write(request, given, by);
    this.#settle();
    return { request, written };
  }

  views(): PendingView[] {
    return [...this.#open.values()].map(({ request, askedAt, inDoubt }) => ({
      request_id: request.request_id,
      kind: request.kind,
      tool: request.tool,
      input: request.input,
      description: request.description,
      what: whatOf(request),
      options: request.options,
      asked_at: isoTime(askedAt),
      in_doubt: inDoubt,
    }));
  }

  /** The attempt is over, and with it what it asked. */
  end(): void {
    this.#talk = null;
    this.#open.clear();
    this.#places.clear();
    this.#told = null;
  }

  #isOpen(request: PendingRequest, { request: known, at }: Open): boolean {
    return request.request_id === known.request_id && this.#places.get(request.request_id) === at;
  }

  #take(request: PendingRequest): void {
    const { request_id, kind, tool, options } = request;
    const at = this.#places.get(request_id) ?? 0;
    const askedAt = this.#former.announcedAt(request_id, at);
    const one = { request, at, askedAt: askedAt ?? this.#around.clock.now(), inDoubt: this.#former.inDoubt(request_id, at) };
    this.#open.set(request_id, one);
    if (askedAt !== null) return;
    this.#hasNews = true;
    const asked = {
      attempt: this.#attempt,
      request_id,
      kind,
      tool,
      input: cutInput(request.input),
      what: whatOf(request),
      options,
    };
    this.#mission.note({ type: "mission.asked", ...asked });
    this.#memory.add({ did: "ask", attempt: this.#attempt, request: request_id, at, time: one.askedAt });
    this.#answerByRule(request);
  }

  #answerByRule(request: PendingRequest): void {
    const answer = answerOfRule(request, this.#mission.spec, this.#around.settings.current.approvals);
    if (answer === null) return;
    try {
      void this.#write(request, answer.given, answer.by);
    } catch (error) {
      // The agent offers no such answer: a person has to look at it.
      this.#around.log.warn({ err: error, mission: this.#mission.id, rule: answer.by }, "a rule could not answer a request");
    }
  }

  #write(request: PendingRequest, given: GivenAnswer, by: string): Promise<boolean> {
    const { request_id, tool } = request;
    const talk = this.#talk;
    const one = this.#open.get(request_id);
    if (talk === null || one === undefined) throw answeredAlready(this.#mission.name, request_id, this.#answered);
    const answer = chosenAnswer(request, given);
    const bytes = talk.reader.answerPermission(request_id, answer);
    const { decision, message = null, option = null } = answer;
    const place = { attempt: this.#attempt, request: request_id, at: one.at };
    this.#memory.add({ did: "answer", ...place, tool, decision, by });
    FAULT: faultPoint("after_answer_kept");
    this.#open.delete(request_id);
    this.#answered = [...this.#answered.slice(1 - keptAnswers), { request: request_id, tool, decision, by }];
    const is_edited = answer.input !== undefined;
    const facts = { attempt: this.#attempt, request_id, tool, decision, by, message, option, is_edited };
    this.#mission.note({ type: "mission.answered", ...facts });
    FAULT: faultPoint("after_answer");
    return talk.deliver(bytes).then((isTaken) => {
      if (isTaken) this.#memory.add({ did: "answered", ...place });
      return isTaken;
    });
  }

  #withdraw({ request: { request_id, tool } }: Open): void {
    this.#open.delete(request_id);
    this.#mission.note({ type: "mission.withdrawn", attempt: this.#attempt, request_id, tool });
  }

  /** Tells the mission to wait as long as something is open, and for what. */
  #settle(): void {
    if (this.#isLooking || this.#talk?.isCaughtUp !== true) return;
    const { status, waiting_for } = this.#mission.row;
    const waits = status === "waiting" && waiting_for === "answer";
    if (status !== "running" && !waits) {
      this.#told = null;
      return;
    }
    const open = [...this.#open.values()].map(({ request }) => request);
    if (open.length === 0) {
      this.#told = null;
      if (waits) this.#mission.tell({ type: "agent.goes_on" });
      return;
    }
    const ids = open.map(({ request_id }) => request_id).join(" ");
    // Of an attempt that was taken up, a former daemon said so.
    const isSaid = this.#told === ids || (this.#told === null && waits && !this.#hasNews);
    this.#told = ids;
    this.#hasNews = false;
    if (isSaid) return;
    const [first] = open;
    const more = open.length > 1 ? ` (and ${open.length - 1} more)` : "";
    const note = first === undefined ? "" : `${first.tool}: ${whatOf(first)}${more}`;
    this.#mission.tell({ type: "agent.waits", waitingFor: "answer", until: null, note });
  }
}
