import type { AttemptPaths } from "../../base/paths.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { isAskedSession, isIdleSession } from "../../blueprint/standing.ts";
import type { Template } from "../../blueprint/template.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import { Children, isOurs } from "./children.ts";
import type { LoopbackPorts } from "./loopback-ports.ts";
import type { PipelineLog } from "./pipeline-log.ts";
import { Readiness } from "./readiness.ts";
import type { Results } from "./results.ts";
import { SessionTalk } from "./session-talk.ts";
import { StepChecks } from "./step-checks.ts";
import { StepEndings } from "./step-endings.ts";
import { StepMissions, type StepMissionsParts } from "./step-missions.ts";
import { type KnownStep, StepMoves } from "./step-moves.ts";
import { StepPorts } from "./step-ports.ts";
import { StepResults } from "./step-results.ts";

export interface StepKeeperParts extends StepMissionsParts {
  readonly results: Results;
  readonly log: PipelineLog;
  readonly ports: LoopbackPorts;
  /** Whether somebody asked for the end, so that nothing of this agent starts any more. */
  isEnding(agent: Agent): boolean;
  attemptOf(mission: string, attempt: number): AttemptPaths;
  /** Something changed that no event tells of. */
  look(): void;
}

/**
 * Runs the steps of one pipeline: each is a mission, then one for each command that verifies it. The id
 * of a mission is stored before the mission is made; one that is not there was never made, and is made then.
 */
export class StepKeeper {
  readonly #parts: StepKeeperParts;
  readonly endings: StepEndings;
  readonly #children: Children;
  readonly #missions: StepMissions;
  readonly #readiness: Readiness;
  readonly #sessions: SessionTalk;
  readonly #results: StepResults;
  readonly #moves: StepMoves;
  readonly #checks: StepChecks;
  readonly #ports: StepPorts;

  constructor(parts: StepKeeperParts) {
    this.#parts = parts;
    this.#children = new Children(parts.pipeline.id, parts.shared.index);
    this.endings = new StepEndings(parts.book, this.#children);
    this.#missions = new StepMissions(parts);
    this.#sessions = new SessionTalk(this.#children, parts.shared.surroundings.paths);
    this.#results = new StepResults(parts, this.#sessions);
    const { pipeline, book, log, ports, shared } = parts;
    const own = { children: this.#children, results: this.#results };
    this.#moves = new StepMoves({ pipeline, book, log, shared, ...own });
    this.#checks = new StepChecks({
      book,
      log,
      ...own,
      missions: this.#missions,
      moves: this.#moves,
      isEnding: (agent) => parts.isEnding(agent),
      madeLate: (known, id, make) => this.#madeLate(known, id, make),
      look: () => parts.look(),
    });
    this.#readiness = new Readiness({
      children: this.#children,
      surroundings: shared.surroundings,
      startProbe: (step, line, timeoutMs) => this.#makeProbe(step, this.#moves.decide(step, "probing"), line, timeoutMs),
      makeProbe: (step, id, line, timeoutMs) => this.#makeProbe(step, id, line, timeoutMs),
      book,
      log,
      look: () => parts.look(),
    });
    this.#ports = new StepPorts({ pipeline: pipeline.id, book, ports, look: () => parts.look() });
  }

  close(): void {
    this.#readiness.close();
    this.#ports.close();
  }

  /** Whether nothing of a former blueprint is left of it, and what it needs to start is there. */
  mayStart(step: Step): boolean {
    return !this.endings.isLeaving(step.agent) && this.#ports.isKnown(step);
  }

  start(step: Step): void {
    const port = this.#ports.portOf(step);
    const id = this.#moves.decide(step, "starting", "port" in port ? port.port : undefined);
    this.#ports.settle(step.name);
    if ("why" in port) this.#moves.cannotStart(step, this.#parts.book.agent(step.agent), port.why);
    else this.#makeAgent(step, id);
  }

  /** Keeps what ended before anybody asked for it, where its output is still there. */
  keepMissing(): void {
    const { book, results } = this.#parts;
    for (const [name, { agent, mission, end }] of book.steps) {
      if (end === null || mission === null || !book.isReferenced(agent) || results.has(name)) continue;
      const row = this.#children.find(mission);
      if (row !== undefined) this.#results.keep(name, book.agent(agent), row);
    }
  }

  /** Takes in what happened to the missions of each step that has not ended. */
  settleAll(): void {
    const { book } = this.#parts;
    for (const [name, history] of book.steps)
      if (history.end === null && history.mission !== null) this.#settle({ name, history, agent: book.agent(history.agent) });
  }

  #settle(known: KnownStep): void {
    const { mission } = known.history;
    const row = mission === null ? undefined : this.#children.find(mission);
    if (row === undefined) {
      this.#madeLate(known, mission ?? "", (step, id) => this.#makeAgent(step, id));
      return;
    }
    if (!isFinal(row.status)) {
      this.#whileItRuns(known, row);
      if (isAskedSession(known.agent)) this.#settleSession(known, row);
      return;
    }
    this.#readiness.forget(row.id);
    if (this.#readiness.endProbe(known.history)) return;
    if (known.history.isUnready) this.#moves.end(known, "failed", row, "it was not ready in time");
    else if (isAskedSession(known.agent)) this.#settleSession(known, row);
    else if (isOurs(row)) this.#moves.end(known, "stopped", row);
    else if (row.reason !== "completed") this.#moves.end(known, "failed", row, this.#sessions.whyFailed(row));
    else this.#checks.verify(known, row);
  }

  /** It goes on living while its answer is checked, and after that. */
  #settleSession(known: KnownStep, row: MissionRow): void {
    const { name, agent, history } = known;
    if (history.isUnready) return;
    this.#sessions.sendBack(row.id, history);
    const state = this.#sessions.state(row.id, history);
    // A turn that is cut short because all ends is no failure.
    if (state.is === "failed" && this.#parts.isEnding(agent)) this.#moves.end(known, "stopped", row);
    else if (state.is === "failed") this.#moves.end(known, "failed", row, state.why);
    else if (state.is === "answered") {
      const step = this.#parts.book.step(agent.name, name);
      if (!history.isReady && agent.ready === null) this.#moves.note(step, "ready");
      this.#checks.verify(known, row);
    } else if (isFinal(row.status)) {
      if (isOurs(row)) this.#moves.end(known, "stopped", row);
      else this.#moves.end(known, "failed", row, "it ended before it had answered");
    }
  }

  /** Decided, and not there: the daemon was killed in between, or somebody removed it since. */
  #madeLate(known: KnownStep, id: string, make: (step: Step, id: string) => void): void {
    const { book } = this.#parts;
    if (this.#children.wasMade(id)) this.#moves.end(known, "failed", null, `its mission ${id} was removed`);
    else if (this.#parts.isEnding(known.agent)) this.#moves.end(known, "stopped", null);
    else make(book.step(known.agent.name, known.name), id);
  }

  #whileItRuns({ name, agent, history }: KnownStep, row: MissionRow): void {
    const { book, log } = this.#parts;
    if (history.isUnready) {
      this.endings.stop(name);
      return;
    }
    if (history.isReady || row.started_at === null) return;
    const step = book.step(agent.name, name);
    if (agent.ready === null) {
      if (isIdleSession(agent)) this.#moves.note(step, "ready");
      return;
    }
    const answer = this.#readiness.answer(step, agent.ready, row, history);
    if (answer === "no") {
      log.say(`agent '${name}' was not ready within ${agent.ready.timeoutMs / 1000} s: mission ${row.id}`);
      this.#moves.note(step, "unready");
      this.endings.stop(name);
    } else if (answer === "yes") {
      log.say(`agent '${name}' is ready: mission ${row.id}`);
      this.#moves.note(step, "ready");
    }
  }

  #makeAgent(step: Step, id: string): void {
    const { book, log } = this.#parts;
    const why = this.#missions.makeAgent(step, id);
    const port = book.portOf(step.name);
    if (why === null) log.say(`agent '${step.name}' started: mission ${id}${port === undefined ? "" : `, port ${port}`}`);
    else this.#moves.cannotStart(step, book.agent(step.agent), why);
  }

  #makeProbe(step: Step, id: string, line: Template, timeoutMs: number): boolean {
    const why = this.#missions.makeProbe(step, id, line, timeoutMs);
    if (why !== null) this.#parts.log.say(`agent '${step.name}' cannot be asked whether it is ready: ${why}`);
    return why === null;
  }
}
