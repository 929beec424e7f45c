import type { Clock } from "../../base/clock.ts";
import type { ReaderState } from "../../providers/conversation.ts";
import type { ResultEvent, Usage } from "../../providers/normalised-event.ts";
import { addUsage } from "../../providers/usage.ts";
import { againRecord } from "../limits/turn-limit.ts";
import type { LiveMission } from "../live-mission.ts";
import type { Message } from "./messages.ts";
import type { TalkFile, TalkRecord } from "./talk-file.ts";

/** A turn that has ended. */
export interface EndedTurn {
  readonly attempt: number;
  readonly result: ResultEvent;
  /** What it used. */
  readonly spent: Usage;
  /** What the mission had used before the attempt. */
  readonly before: Usage;
  /** What it answered; undefined: nothing that Overmind sent. */
  readonly message: Message | undefined;
  /** The message as it is to be sent again; null: it is answered. */
  readonly again: Message | null;
}

/** Puts each turn of a mission's agent on record, once: as an event, and in what is kept of the talk. */
export class TurnLedger {
  readonly #mission: LiveMission;
  readonly #memory: TalkFile;
  readonly #clock: Clock;
  /** Turns of the present attempt that are on record already. */
  #recorded = 0;

  constructor(mission: LiveMission, memory: TalkFile, clock: Clock) {
    this.#mission = mission;
    this.#memory = memory;
    this.#clock = clock;
  }

  /** @param records what a former daemon did in the attempt that begins; none of a new one */
  attemptBegins(records: readonly TalkRecord[]): void {
    this.#recorded = records.filter(({ did }) => did === "turn").length;
  }

  has({ turn }: ResultEvent): boolean {
    return turn <= this.#recorded;
  }

  /** @param state of the agent's reader at the end of the turn */
  add({ attempt, result, spent, before, message, again }: EndedTurn, { usage, counters, model }: ReaderState): void {
    const { turn, outcome, error_text: error } = result;
    this.#recorded = turn;
    const total = { ...addUsage(before, usage) };
    // Told first: a turn that a new daemon hears again counts once, one that it never hears of not at all.
    this.#mission.note({ type: "mission.turn_ended", attempt, turn, outcome, error, usage: total, spent, model });
    const whose = { time: this.#clock.now(), ...(message === undefined ? {} : { message: message.id }) };
    this.#memory.add({ did: "turn", attempt, result, counters, spent, model, ...whose, ...againRecord(again) });
  }
}
