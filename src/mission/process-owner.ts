import type { Reason } from "../protocol/mission.ts";
import type { Attempt } from "../runner/attempt.ts";
import type { AttemptListener } from "../runner/attempt-fact.ts";
import type { NotAdopted } from "../runner/runner.ts";
import type { ProcessEnd } from "./classify-end.ts";
import type { MemberOrder, ProcessInput, WatchFact } from "./machine-types.ts";

/** What a mission's process actor needs of the world: one mission's view of the runner. */
export interface ProcessOwner {
  /** Stores that this attempt is going to start. Throws when it cannot be stored: then nothing starts. */
  intend(input: ProcessInput): void;
  /** Calls `start` when this mission's turn has come: now, unless its group starts others first. Answers what takes it back. */
  awaitTurn(start: () => void): () => void;
  start(input: ProcessInput, listener: AttemptListener): Attempt;
  adopt(input: ProcessInput, listener: AttemptListener): Attempt | NotAdopted;
  /** Tells who else wants to know that the attempt is there, or (null) gone. */
  holds(attempt: Attempt | null): void;
  /** How long an attempt ran that ended while nobody watched; null for one that was watched. */
  ranUnseen(endedAt: number): number | null;
  /** Stops the whole tree where it stands, or lets it go on; to let go on what runs costs nothing. */
  setStopped(isStopped: boolean): void;
  /** Begins to end the attempt as its kind of agent is ended best; false where there is only the signal. */
  endPolitely(signal: NodeJS.Signals): boolean;
  /** Watches over a running attempt: silence, memory. Answers what ends the watch. */
  watch(tell: (fact: WatchFact) => void): () => void;
  /** What an agent's own words make of its end; null for what is no agent. Never rejects. */
  judge(end: ProcessEnd): Promise<Verdict> | null;
  /** Whether its group lets it start again after this attempt's crash; asking changes nothing. */
  mayRestart(attempt: number): boolean;
  /** Names of programs that only a kill ends. */
  readonly keepNames: readonly string[];
  /** Nobody else has a say in what follows its end. A group has: it may end its members, or let them wait for each other. */
  readonly decidesAlone: boolean;
  /** Of a group its members; null for every other mission. */
  readonly members: GroupMembers | null;
}

export interface Verdict {
  readonly verdict?: Reason;
  /** One line for a person. */
  readonly note?: string;
  /** When a limit that it met is over, epoch ms, where it said so. */
  readonly until?: number;
}

/** How an attempt of a group ended, once all its members had. */
export interface GroupEnd {
  readonly exitCode: number | null;
  /** Epoch ms. */
  readonly endedAt: number;
  readonly note?: string;
}

/** What a group's process actor needs of the world: one group's view of its members. */
export interface GroupMembers {
  /** Begins to hold the members; `tell` hears once that the group's attempt is over. */
  open(mode: ProcessInput["mode"], tell: (end: GroupEnd) => void): void;
  /** Ends the members in reverse start order, then tells that it is over. */
  end(how: MemberOrder): void;
  /** Holds the members no longer, and touches none of them. */
  close(): void;
}
