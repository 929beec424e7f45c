import { createActor, fromCallback } from "xstate";
import { type MissionEvent, noHistory, type RestartHistory } from "../../../src/events/domain-event.ts";
import { missionMachine } from "../../../src/mission/machine.ts";
import type {
  MachineEvent,
  ProcessFact,
  ProcessInput,
  ProcessOrder,
  Resume,
  Waiting,
} from "../../../src/mission/machine-types.ts";
import { defaultPolicy, type MissionPolicy } from "../../../src/mission/spec.ts";
import { SteppedClock } from "../../support/advance.ts";

export interface StageOptions {
  readonly policy?: Partial<MissionPolicy>;
  readonly attempt?: number;
  readonly restarts?: number;
  readonly history?: RestartHistory;
  readonly resume?: Resume;
  readonly keptFrom?: () => Waiting | null;
  /** How long ago the mission was made, in ms. */
  readonly createdAgo?: number;
  /** What the fake process does when it is asked to start. */
  readonly onStart?: (input: ProcessInput, tell: (fact: ProcessFact) => void) => void;
  readonly onOrder?: (order: ProcessOrder, attempt: number) => void;
}

export type Exit = Partial<ProcessFact & { type: "process.ended" }>;

const firstPid = 4000;

/** One mission's machine with a process that does what the test says, and a clock that the test moves. */
export class Stage {
  readonly clock = new SteppedClock();
  readonly events: MissionEvent[] = [];
  readonly starts: ProcessInput[] = [];
  readonly orders: ProcessOrder[] = [];
  /** Who may still tell the machine something, by attempt; the last one is the present process. */
  readonly tellers: ((fact: ProcessFact) => void)[] = [];
  /** How far somebody set the wall clock. */
  wallOffset = 0;
  readonly #actor;

  constructor({
    policy,
    attempt = 1,
    restarts = 0,
    history = noHistory,
    resume = { kind: "start" },
    createdAgo = 0,
    onStart,
    onOrder,
    keptFrom = () => null,
  }: StageOptions = {}) {
    const process = fromCallback<ProcessOrder, ProcessInput>(({ input, sendBack, receive }) => {
      this.starts.push(input);
      this.tellers.push(sendBack);
      receive((order) => {
        this.orders.push(order);
        onOrder?.(order, input.attempt);
      });
      onStart?.(input, sendBack);
    });
    const input = {
      id: "m1234567",
      policy: { ...defaultPolicy, ...policy },
      attempt,
      restarts,
      history,
      resume,
      owner: null,
      ageMs: createdAgo,
      now: () => this.clock.now() + this.wallOffset,
      monotonic: () => this.clock.now(),
      random: () => 0.5,
      keptFrom,
    };
    this.#actor = createActor(missionMachine.provide({ actors: { process } }), { input, clock: this.clock });
    this.#actor.on("*", (event) => this.events.push(event));
    this.#actor.start();
  }

  /** The state as `attempt.running`, without the `attempt.`. */
  get state(): string {
    const { value } = this.#actor.getSnapshot();
    return typeof value === "string" ? value : (value.attempt ?? "attempt");
  }

  /** Types of the events so far, without their `mission.`. */
  get story(): string[] {
    return this.events.map((event) => event.type.replace("mission.", ""));
  }

  get orderNames(): string[] {
    return this.orders.map((order) =>
      order.type === "terminate" ? order.signal : order.type === "sweep" ? `sweep ${order.how}` : order.type,
    );
  }

  last<Type extends MissionEvent["type"]>(type: Type): Extract<MissionEvent, { type: Type }> {
    const found = this.events.findLast((event) => event.type === type);
    if (found === undefined) throw new Error(`no ${type} among ${this.story.join(", ")}`);
    return found as Extract<MissionEvent, { type: Type }>;
  }

  started(isAdopted = false): this {
    return this.tell({ type: "process.started", osPid: firstPid + this.starts.length, isAdopted });
  }

  /** The process ends and leaves nothing, with code 0 unless told otherwise. */
  ends(exit: Exit = {}): this {
    return this.tell(ended(this.clock.now(), exit));
  }

  swept(...pids: number[]): this {
    return this.tell({ type: "process.swept", leftovers: pids.map((pid) => ({ pid, command: `left ${pid}` })) });
  }

  ask(wish: "stop" | "kill" | "restart"): this {
    return this.send({ type: `${wish}.requested`, by: "cli" });
  }

  pass(ms: number): this {
    this.clock.advance(ms);
    return this;
  }

  tell(fact: ProcessFact): this {
    this.tellers.at(-1)?.(fact);
    return this;
  }

  /** Straight into the machine, whether or not a process is there to tell it. */
  send(event: MachineEvent): this {
    this.#actor.send(event);
    return this;
  }
}

export const ended = (now: number, exit: Exit = {}): ProcessFact => ({
  type: "process.ended",
  kind: "exited",
  exitCode: 0,
  signal: null,
  endedAt: now,
  isClean: true,
  ...exit,
});
