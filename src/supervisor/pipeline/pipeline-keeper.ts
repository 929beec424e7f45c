import type { Timer } from "../../base/clock.ts";
import { isShortage } from "../../base/shortage.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import { holds } from "../../blueprint/expression.ts";
import { type Decision, nextSteps, type Skip } from "../../blueprint/next-steps.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { lookUp } from "../../blueprint/values.ts";
import type { AgentMove } from "../../events/domain-event.ts";
import type { MemberOrder, ProcessInput } from "../../mission/machine-types.ts";
import type { GroupEnd, GroupMembers } from "../../mission/process-owner.ts";
import type { LiveMission } from "../live-mission.ts";
import { hasPort, noMoves } from "./history.ts";
import type { LoopbackPorts } from "./loopback-ports.ts";
import { beginRun, type PipelineRun } from "./pipeline-run.ts";
import type { PipelinesParts } from "./pipelines.ts";
import { StandingTogether } from "./standing-together.ts";

/** Milliseconds until it looks again after it ran out of disk or descriptors. */
const shortageMs = 1000;
/** Steps that are started before others are heard again: each takes milliseconds, and there may be thousands. */
const startsAtOnce = 20;

/**
 * Walks one pipeline: starts what may start, settles what has ended, ends it all. It decides
 * nothing that is not stored first, and asks the same pure rule again after each change, so that
 * the next daemon goes on where this one was killed.
 */
export class PipelineKeeper implements GroupMembers {
  /** Those of its agents that start again together. */
  readonly services: StandingTogether;
  readonly #mission: LiveMission;
  readonly #parts: PipelinesParts;
  readonly #ports: LoopbackPorts;
  /** Who hears that the pipeline is over; null while it does not run. */
  #tell: ((end: GroupEnd) => void) | null = null;
  #run: PipelineRun | null = null;
  #ending: MemberOrder | null = null;
  /** Lines for its log. */
  readonly #news: string[] = [];
  #isLooking = false;
  #isBroken = false;
  #later: Timer | null = null;

  constructor(mission: LiveMission, parts: PipelinesParts, ports: LoopbackPorts) {
    this.#mission = mission;
    this.#parts = parts;
    this.services = new StandingTogether({
      pipeline: mission,
      book: () => this.#run?.book ?? null,
      live: (id) => parts.index.findLive(id),
    });
    this.#ports = ports;
  }

  /** Whether one of its agents was given this port. */
  hasPort(port: number): boolean {
    return hasPort(this.#mission.row.history?.pipeline ?? noMoves, port);
  }

  open(_mode: ProcessInput["mode"], tell: (end: GroupEnd) => void): void {
    this.#tell = tell;
    this.#ending = null;
    this.services.open();
    this.look();
  }

  end(how: MemberOrder): void {
    if (this.#ending !== "kill") this.#ending = how;
    this.services.shut();
    this.look();
  }

  close(): void {
    this.#tell = null;
    this.#later?.cancel();
    this.#later = null;
    this.#run?.steps.close();
    this.#run = null;
  }

  /** One of its missions is to start again after a crash. */
  crashed(mission: LiveMission, attempt: number): void {
    this.#parts.whenRecovered(() => {
      if (this.#tell !== null) this.services.crashed(mission, attempt);
    });
  }

  /** Follows the blueprint that was decided on meanwhile. */
  follow(changes: readonly string[]): void {
    this.#run?.steps.close();
    this.#run = null;
    this.#news.push(...changes);
    this.look();
  }

  /** Something may have changed. Looks once for all that happens at the same moment. */
  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    queueMicrotask(() =>
      this.#parts.whenRecovered(() => {
        this.#isLooking = false;
        if (this.#tell !== null) this.#goOn();
      }),
    );
  }

  #goOn(): void {
    try {
      if (this.#run === null && !this.#isBroken) {
        this.#run = this.#begin();
        this.services.takeUp();
      }
      for (const line of this.#news.splice(0)) this.#run?.log.say(line);
      if (this.#run !== null && !this.#isBroken) this.#advance(this.#run);
    } catch (error) {
      // Where somebody waits for its end, it ends without what could not be written.
      if (isShortage(error) && this.#ending === null) {
        this.#lookLater(error);
        return;
      }
      this.#isBroken = true;
      this.#parts.surroundings.log.error({ err: error, mission: this.#mission.id }, "a pipeline cannot go on");
    }
    if (this.#isBroken) this.#endBroken();
  }

  /** All that was decided is stored, so that it can be gone on with as if nothing had happened. */
  #lookLater(error: unknown): void {
    const { log, clock } = this.#parts.surroundings;
    log.warn({ err: error, mission: this.#mission.id }, "a pipeline waits for what it lacks");
    this.#later ??= clock.after(shortageMs, () => {
      this.#later = null;
      this.look();
    });
  }

  #begin(): PipelineRun {
    return beginRun({
      pipeline: this.#mission,
      shared: this.#parts,
      ports: this.#ports,
      isEnding: (agent) => this.#ending === "kill" || (this.#ending !== null && !agent.isFinally),
      look: () => this.look(),
    });
  }

  #advance(run: PipelineRun): void {
    run.steps.settleAll();
    const isLeft = run.steps.endings.endLeaving();
    if (this.#ending === "kill") {
      if (run.steps.endings.endAll("kill")) this.#finish({ exitCode: null });
      return;
    }
    for (let left = startsAtOnce; ; ) {
      const state = run.book.state(this.#ending !== null);
      const decision = nextSteps(run.book.pipeline, state, (agent) => this.#holds(run, agent));
      const started = this.#carryOut(run, decision, left);
      left -= started;
      if (decision.done !== null) {
        // Sessions are up until now.
        if (isLeft && run.steps.endings.endAll("stop")) this.#conclude(run, decision.done);
        return;
      }
      if (decision.skip.length + decision.expand.length + started === 0) return;
      if (left <= 0) {
        this.#parts.surroundings.clock.after(0, () => this.look());
        return;
      }
    }
  }

  /** Starts so many steps at the most; answers how many were started. */
  #carryOut({ book, steps, log, places }: PipelineRun, { skip, expand, start, stop }: Decision, most: number): number {
    for (const one of skip) {
      log.say(`agent '${one.agent}' skipped: ${reasonOf(one)}`);
      this.#note(one.agent, one.agent, "skipped");
    }
    for (const agent of expand) book.expand(agent);
    const startable = places.fitting(start.filter((step) => steps.mayStart(step)).slice(0, most));
    // Each decision is stored with what is made of it.
    this.#parts.surroundings.journal.gather(() => {
      for (const step of startable) steps.start(step);
    });
    for (const step of stop) steps.endings.stop(step.name);
    return startable.length;
  }

  /** What cannot be decided counts as holding: the start then fails for the same reason, and says why. */
  #holds({ book }: PipelineRun, agent: Agent): boolean {
    if (agent.when === null) return true;
    const values = book.values();
    try {
      return holds(agent.when, (reference) => lookUp(reference, values));
    } catch {
      return true;
    }
  }

  #conclude({ log }: PipelineRun, { status, failedAgent }: NonNullable<Decision["done"]>): void {
    if (this.#ending !== null) {
      const { wish } = this.#mission.row;
      log.say(wish === "stop" ? "pipeline stopped" : `pipeline ended: ${wish}`);
      this.#finish({ exitCode: wish === "stop" ? 0 : 1 });
      return;
    }
    log.say(status === "stopped" ? "pipeline completed" : `pipeline failed at agent '${failedAgent}'`);
    log.flush();
    const note = failedAgent === null ? {} : { note: `it failed at agent '${failedAgent}'` };
    this.#finish({ exitCode: status === "stopped" ? 0 : 1, ...note });
  }

  /** Its children are told by their parent's end. */
  #endBroken(): void {
    if (this.#run !== null && !this.#run.steps.endings.endAll(this.#ending ?? "stop")) return;
    this.#finish({ exitCode: this.#ending === "kill" ? null : 1, note: "it could not go on; see the daemon's log" });
  }

  #finish(end: Omit<GroupEnd, "endedAt">): void {
    const tell = this.#tell;
    this.#tell = null;
    this.#run?.steps.close();
    this.#run = null;
    tell?.({ ...end, endedAt: this.#parts.surroundings.clock.now() });
  }

  #note(agent: string, step: Step["name"], to: AgentMove): void {
    this.#mission.note({ type: "mission.agent_moved", attempt: this.#mission.row.attempt, agent, step, to });
  }
}

function reasonOf({ because }: Skip): string {
  return because === "when" ? "its `when` does not hold" : `'${because.agent}' can no longer be ${because.condition}`;
}
