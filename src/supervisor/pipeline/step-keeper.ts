import { faultPoint } from "../../base/fault-points.ts";
import type { AttemptPaths } from "../../base/paths.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { isAskedSession, isIdleSession } from "../../blueprint/standing.ts";
import type { Template } from "../../blueprint/template.ts";
import type { AgentMove, StepEnd, StepHistory } from "../../events/domain-event.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import { Children, isOurs } from "./children.ts";
import type { LoopbackPorts } from "./loopback-ports.ts";
import type { PipelineLog } from "./pipeline-log.ts";
import { Readiness } from "./readiness.ts";
import type { Results } from "./results.ts";
import { SessionTalk } from "./session-talk.ts";
import { StepEndings } from "./step-endings.ts";
import { StepMissions, type StepMissionsParts } from "./step-missions.ts";
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

/** A step with all that is known of it. */
interface Known {
  readonly name: string;
  readonly agent: Agent;
  readonly history: StepHistory;
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
  readonly #ports: StepPorts;

  constructor(parts: StepKeeperParts) {
    this.#parts = parts;
    this.#children = new Children(parts.pipeline.id, parts.shared.index);
    this.endings = new StepEndings(parts.book, this.#children);
    this.#missions = new StepMissions(parts);
    this.#sessions = new SessionTalk(this.#children, parts.shared.surroundings.paths);
    this.#results = new StepResults(parts, this.#sessions);
    this.#readiness = new Readiness({
      children: this.#children,
      surroundings: parts.shared.surroundings,
      startProbe: (step, line, timeoutMs) => this.#makeProbe(step, this.#decide(step, "probing"), line, timeoutMs),
      makeProbe: (step, id, line, timeoutMs) => this.#makeProbe(step, id, line, timeoutMs),
      book: parts.book,
      log: parts.log,
      look: () => parts.look(),
    });
    const { pipeline, book, ports } = parts;
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
    const id = this.#decide(step, "starting", "port" in port ? port.port : undefined);
    this.#ports.settle(step.name);
    if ("why" in port) this.#cannotStart(step, this.#parts.book.agent(step.agent), port.why);
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

  #settle(known: Known): void {
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
    if (known.history.isUnready) this.#end(known, "failed", row, "it was not ready in time");
    else if (isAskedSession(known.agent)) this.#settleSession(known, row);
    else if (isOurs(row)) this.#end(known, "stopped", row);
    else if (row.reason !== "completed") this.#end(known, "failed", row);
    else this.#verify(known, row);
  }

  /** It goes on living while its answer is checked, and after that. */
  #settleSession(known: Known, row: MissionRow): void {
    const { name, agent, history } = known;
    if (history.isUnready) return;
    this.#sessions.sendBack(row.id, history);
    const state = this.#sessions.state(row.id, history);
    // A turn that is cut short because all ends is no failure.
    if (state.is === "failed" && this.#parts.isEnding(agent)) this.#end(known, "stopped", row);
    else if (state.is === "failed") this.#end(known, "failed", row, state.why);
    else if (state.is === "answered") {
      const step = this.#parts.book.step(agent.name, name);
      if (!history.isReady && agent.ready === null) this.#note(step, "ready");
      this.#verify(known, row);
    } else if (isFinal(row.status)) {
      if (isOurs(row)) this.#end(known, "stopped", row);
      else this.#end(known, "failed", row, "it ended before it had answered");
    }
  }

  /** Decided, and not there: the daemon was killed in between, or somebody removed it since. */
  #madeLate(known: Known, id: string, make: (step: Step, id: string) => void): void {
    const { book } = this.#parts;
    if (this.#children.wasMade(id)) this.#end(known, "failed", null, `its mission ${id} was removed`);
    else if (this.#parts.isEnding(known.agent)) this.#end(known, "stopped", null);
    else make(book.step(known.agent.name, known.name), id);
  }

  #whileItRuns({ name, agent, history }: Known, row: MissionRow): void {
    const { book, log } = this.#parts;
    if (history.isUnready) {
      this.endings.stop(name);
      return;
    }
    if (history.isReady || row.started_at === null) return;
    const step = book.step(agent.name, name);
    if (agent.ready === null) {
      if (isIdleSession(agent)) this.#note(step, "ready");
      return;
    }
    const answer = this.#readiness.answer(step, agent.ready, row, history);
    if (answer === "no") {
      log.say(`agent '${name}' was not ready within ${agent.ready.timeoutMs / 1000} s: mission ${row.id}`);
      this.#note(step, "unready");
      this.endings.stop(name);
    } else if (answer === "yes") {
      log.say(`agent '${name}' is ready: mission ${row.id}`);
      this.#note(step, "ready");
    }
  }

  #verify(known: Known, row: MissionRow): void {
    const { agent, name, history } = known;
    const { checks } = history;
    const last = checks.at(-1);
    if (last !== undefined) {
      const check = this.#children.find(last);
      if (check === undefined) {
        this.#madeLate(known, last, (step, id) => this.#makeCheck(step, agent, id, checks.length));
        return;
      }
      if (!isFinal(check.status)) return;
      if (isOurs(check)) {
        this.#end(known, "stopped", row);
        return;
      }
      if (check.reason !== "completed") {
        this.#checkFailed(known, row, check);
        return;
      }
    }
    if (checks.length === agent.verify.length) {
      this.#end(known, "succeeded", row);
      return;
    }
    if (this.#parts.isEnding(agent)) {
      this.#end(known, "stopped", row);
      return;
    }
    const step = this.#parts.book.step(agent.name, name);
    this.#results.keep(name, agent, row);
    this.#makeCheck(step, agent, this.#decide(step, "verifying"), checks.length + 1);
  }

  /** Gives it back to a session that is there to put it right, as often as the blueprint says. */
  #checkFailed(known: Known, row: MissionRow, check: MissionRow): void {
    const { agent, name, history } = known;
    const rounds = history.returned?.length ?? 0;
    const line = agent.verify[history.checks.length - 1]?.text;
    if (rounds < agent.verifyRounds && !isFinal(row.status) && !this.#parts.isEnding(agent)) {
      this.#parts.log.say(
        `agent '${name}' gets \`${line}\` back, round ${rounds + 1} of ${agent.verifyRounds}: mission ${check.id}`,
      );
      this.#note(this.#parts.book.step(agent.name, name), "returned", { mission: check.id });
      this.#parts.look();
      return;
    }
    const after = rounds === 0 ? "" : ` after ${rounds} round${rounds === 1 ? "" : "s"}`;
    this.#end(known, "failed", { ...row, exit_code: check.exit_code }, `\`${line}\` failed${after}`);
  }

  #makeAgent(step: Step, id: string): void {
    const { book, log } = this.#parts;
    const why = this.#missions.makeAgent(step, id);
    const port = book.history.ports?.[step.name];
    if (why === null) log.say(`agent '${step.name}' started: mission ${id}${port === undefined ? "" : `, port ${port}`}`);
    else this.#cannotStart(step, book.agent(step.agent), why);
  }

  /** @param number from 1 */
  #makeCheck(step: Step, agent: Agent, id: string, number: number): void {
    const line = agent.verify[number - 1];
    if (line === undefined) throw new Error(`agent ${agent.name} has no check ${number}`);
    const why = this.#missions.makeCheck(step, id, line);
    if (why !== null) this.#cannotStart(step, agent, why);
  }

  #makeProbe(step: Step, id: string, line: Template, timeoutMs: number): boolean {
    const why = this.#missions.makeProbe(step, id, line, timeoutMs);
    if (why !== null) this.#parts.log.say(`agent '${step.name}' cannot be asked whether it is ready: ${why}`);
    return why === null;
  }

  #cannotStart({ name }: Step, agent: Agent, why: string): void {
    this.#end({ name, agent }, "failed", null, `it could not start: ${why}`);
  }

  #end(known: Pick<Known, "name" | "agent">, how: StepEnd, row: MissionRow | null, note?: string): void {
    const { book, log } = this.#parts;
    if (row !== null) this.#results.keep(known.name, known.agent, row);
    FAULT: faultPoint("after_result_kept", known.name);
    const wrong = how === "succeeded" ? this.#results.wrong(known.name, known.agent) : null;
    const end = wrong === null ? how : "failed";
    if (end !== "succeeded" && this.#asksToEnd(known.name)) return;
    const why = wrong ?? note;
    const exitCode = row?.exit_code ?? null;
    const words = [row === null ? null : `mission ${row.id}`, exitCode === null ? null : `exit code ${exitCode}`, why];
    log.say(`agent '${known.name}' ${inWords[end]}: ${words.filter((word) => word != null).join(", ") || "nothing of it ran"}`);
    const step = book.step(known.agent.name, known.name);
    this.#note(step, end, { exit_code: exitCode, ...(why === undefined ? {} : { note: why }) });
  }

  /** Asks a session whose work came to nothing to end; whether it has still to. */
  #asksToEnd(name: string): boolean {
    const mission = this.#parts.book.historyOf(name)?.mission ?? null;
    if (mission === null || this.#children.live(mission) === undefined) return false;
    this.#children.ask(mission, "stop");
    return true;
  }

  /** Stores the id that a mission will bear, before it is made. */
  #decide(step: Step, to: "starting" | "probing" | "verifying", port?: number): string {
    const mission = this.#parts.shared.newId();
    this.#note(step, to, { mission, ...(port !== undefined && { port }) });
    FAULT: faultPoint("after_move", step.name);
    return mission;
  }

  #note(
    { agent, name }: Step,
    to: AgentMove,
    more: { mission?: string; port?: number; exit_code?: number | null; note?: string } = {},
  ): void {
    const { pipeline } = this.#parts;
    pipeline.note({ type: "mission.agent_moved", attempt: pipeline.row.attempt, agent, step: name, to, ...more });
  }
}

const inWords: Readonly<Record<StepEnd, string>> = { succeeded: "completed", failed: "failed", stopped: "was stopped" };
