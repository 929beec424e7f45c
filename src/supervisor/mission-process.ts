import type { AttemptPaths, MissionPaths } from "../base/paths.ts";
import type { MissionSpec } from "../mission/spec.ts";
import type { OutputWatch } from "../output/output-monitor.ts";
import type { Attempt } from "../runner/attempt.ts";
import type { AttemptListener } from "../runner/attempt-fact.ts";
import type { NotAdopted } from "../runner/runner.ts";
import type { Surroundings } from "./surroundings.ts";
import type { MissionAgent } from "./talk/mission-agent.ts";

/** Whose process it is. */
export interface ProcessHolder {
  readonly id: string;
  readonly spec: MissionSpec;
  readonly paths: MissionPaths;
  /** What talks with it; null for a command. */
  readonly agent: MissionAgent | null;
}

/** The process of a mission's present attempt, and what it prints. */
export class MissionProcess {
  readonly #mission: ProcessHolder;
  readonly #around: Pick<Surroundings, "clock" | "runner" | "monitor" | "log">;
  #attempt: Attempt | null = null;
  #output: OutputWatch | null = null;
  #isInputEnded = false;
  /** Epoch ms. */
  #adoptedAt: number | null = null;
  /** Where the attempts before the present one lie; kept, because a mission may restart a million times. */
  readonly #former: AttemptPaths[] = [];

  constructor(mission: ProcessHolder, around: Pick<Surroundings, "clock" | "runner" | "monitor" | "log">) {
    this.#mission = mission;
    this.#around = around;
  }

  /** Null between attempts. */
  get attempt(): Attempt | null {
    return this.#attempt;
  }

  get output(): OutputWatch | null {
    return this.#output;
  }

  start(attempt: number, listener: AttemptListener): Attempt {
    const { id, spec, paths, agent } = this.#mission;
    const { cwd, shellLine: command = spec.command, umask, nofile, nice, stdin, terminal = null } = spec;
    const agentCommand = agent?.command(attempt);
    const argv = agentCommand?.argv ?? spec.argv;
    const { memoryMaxBytes: memoryMax } = spec.policy;
    const request = { mission: id, attempt, paths, cwd, command, argv, umask, nofile, nice, stdin, memoryMax, terminal };
    const started = this.#around.runner.start(request, listener);
    if (this.#isInputEnded) void started.closeStdin();
    this.#openOutput(attempt, false);
    if (agentCommand !== undefined) agent?.open(attempt, started, agentCommand);
    return started;
  }

  adopt(attempt: number, listener: AttemptListener): Attempt | NotAdopted {
    const { id, spec, paths, agent } = this.#mission;
    this.#adoptedAt = this.#around.clock.now();
    this.#openOutput(attempt, true);
    const adopted = this.#around.runner.adopt({ mission: id, attempt, paths, hasTerminal: spec.terminal != null }, listener);
    if (typeof adopted !== "string") agent?.adopt(attempt, adopted);
    return adopted;
  }

  /** The attempt is there, or (null) gone. */
  holds(attempt: Attempt | null): void {
    this.#attempt = attempt;
  }

  /** Whether an attempt that ended then (epoch ms) did so before this daemon took it up. */
  endedUnseen(endedAt: number): boolean {
    return this.#adoptedAt !== null && endedAt <= this.#adoptedAt;
  }

  /** Gives it the end of its input, and every later attempt too: what gave it is gone. */
  async endInput(): Promise<void> {
    this.#isInputEnded = true;
    await this.#attempt?.closeStdin();
  }

  /** Stops its whole tree where it stands, or lets it go on. */
  setStopped(isStopped: boolean): void {
    const done = this.#attempt?.signalTree(isStopped ? "SIGSTOP" : "SIGCONT");
    done?.catch((error) =>
      this.#around.log.error({ err: error, mission: this.#mission.id }, "not all of its processes could be found"),
    );
  }

  /** It has ended: all that it printed is looked at a last time. Answers when that was, epoch ms; null: it printed nothing. */
  endOutput(): number | null {
    if (this.#output === null) return null;
    this.#output.finish();
    const last = this.#output.lastActivity();
    this.#output = null;
    return last;
  }

  /** Lets go of it without touching it. */
  leave(): void {
    this.#output?.close();
  }

  #openOutput(attempt: number, adopted: boolean): void {
    const { id, paths } = this.#mission;
    this.#output?.close();
    while (this.#former.length < attempt - 1) this.#former.push(paths.attempt(this.#former.length + 1));
    this.#output = this.#around.monitor.open(id, this.#former, paths.attempt(attempt), { adopted });
  }
}
