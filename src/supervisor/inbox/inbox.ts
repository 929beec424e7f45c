import { isoTime } from "../../base/clock.ts";
import { OvermindError } from "../../base/errors.ts";
import type { EventBus } from "../../events/bus.ts";
import { Changes } from "../../output/changes.ts";
import { type AnswerResult, type InboxChange, type InboxItem, shortRequest } from "../../protocol/inbox.ts";
import type { LiveMission } from "../live-mission.ts";
import type { MissionIndex } from "../mission-index.ts";
import type { GivenAnswer } from "./answer-choice.ts";
import { answeredAlready } from "./request-choice.ts";

// An agent that reads takes an answer at once.
const patienceMs = 2_000;

/** What may change what waits for a person. */
const newsOf = /^mission\.(asked|answered|withdrawn|waiting|resumed|adopted|stopping|attempt_ended|starting|ended)$/;

/** What waits for a person, over all missions. A reference is an id or a name. */
export class Inbox {
  readonly #index: MissionIndex;
  readonly #bus: EventBus;

  constructor(index: MissionIndex, bus: EventBus) {
    this.#index = index;
    this.#bus = bus;
  }

  /**
   * The oldest mission's first.
   *
   * @param reference only this mission's
   * @throws OvermindError not_found
   */
  async list(reference?: string): Promise<InboxItem[]> {
    const only = reference === undefined ? undefined : this.#index.row(reference).id;
    await this.isKnown(only);
    return this.#itemsOf(only);
  }

  /** What waits now, then what comes and goes until the signal aborts. */
  async *follow(signal: AbortSignal, reference?: string): AsyncGenerator<InboxChange> {
    const only = reference === undefined ? undefined : this.#index.row(reference).id;
    await this.isKnown(only);
    const changes = new Changes();
    const stop = this.#bus.on(only ?? "*", ({ type }) => newsOf.test(type) && changes.notify());
    const shown = new Map<string, InboxItem>();
    try {
      while (!signal.aborted) {
        const change = changes.next(signal);
        const items = new Map(this.#itemsOf(only).map((item) => [keyOf(item), item]));
        for (const [key, { id, name, request_id }] of shown) {
          if (items.has(key)) continue;
          shown.delete(key);
          yield { event: "gone", id, name, request_id };
        }
        for (const [key, item] of items) {
          if (shown.has(key)) continue;
          shown.set(key, item);
          yield { event: "asked", ...item };
        }
        await change;
      }
    } finally {
      stop();
    }
  }

  /**
   * Answers what a mission's agent asks.
   *
   * @param request its id or a beginning of it; undefined: the only one
   * @throws OvermindError not_found, also for what was answered already; exited; invalid_argument
   */
  async answer(reference: string, request: string | undefined, given: GivenAnswer, by: string): Promise<AnswerResult> {
    const { id, name } = this.#index.row(reference);
    await this.isKnown(id);
    const agent = this.#index.findLive(id)?.agent ?? null;
    if (by === id)
      throw new OvermindError("invalid_argument", "by: an agent does not answer what it asks itself", {
        details: { field: "by" },
      });
    if (agent === null) throw answeredAlready(name, request ?? null, []);
    const { request: asked, written } = agent.requests.answer(request ?? null, given, by);
    const delivery = await inTime(written);
    if (delivery === "failed") throw new OvermindError("exited", "the agent does not read its input any more");
    const { request_id, tool } = asked;
    return { id, name, request_id, tool, decision: given.decision, delivery };
  }

  /** Resolves once a daemon that took agents over knows again what they ask, of all missions or of the one of this id. */
  async isKnown(only?: string): Promise<void> {
    await Promise.all(this.#missions(only).map(({ agent }) => agent?.caughtUp));
  }

  #itemsOf(only: string | undefined): InboxItem[] {
    return this.#missions(only).flatMap((mission) => [...asked(mission), ...overBudget(mission)]);
  }

  #missions(only: string | undefined): LiveMission[] {
    return this.#index.live().filter(({ id }) => only === undefined || id === only);
  }
}

const keyOf = ({ id, request_id, asked_at }: InboxItem): string => JSON.stringify([id, request_id, asked_at]);

function asked({ id, name, agent, row }: LiveMission): InboxItem[] {
  const pending = agent?.requests.views() ?? [];
  // What a rule answers at once never waits; what is being ended is not asked any more.
  if (row.status === "stopping") return [];
  const all = pending.map(({ request_id }) => request_id);
  return pending.map((one) => {
    const which = all.length === 1 ? "" : ` ${shortRequest(one.request_id, all)}`;
    return { id, name, waiting_for: "answer", ...one, hint: `overmind answer ${name}${which} allow|deny` };
  });
}

function overBudget({ id, name, row, attempts }: LiveMission): InboxItem[] {
  if (row.status !== "waiting" || row.waiting_for !== "budget") return [];
  const about = { tool: "budget", input: null, description: null, what: "its budget is spent", options: [], in_doubt: null };
  const asked_at = isoTime(attempts.at(-1)?.ended_at ?? null);
  const hint = `overmind budget ${name} --max-cost …, or: overmind stop ${name}`;
  return [{ id, name, waiting_for: "budget", request_id: null, kind: "budget", ...about, asked_at, hint }];
}

async function inTime(written: Promise<boolean>): Promise<AnswerResult["delivery"] | "failed"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"unconfirmed">((resolve) => {
    timer = setTimeout(() => resolve("unconfirmed"), patienceMs);
  });
  const known = written.then((isTaken) => (isTaken ? ("written" as const) : ("failed" as const)));
  return Promise.race([known, late]).finally(() => clearTimeout(timer));
}
