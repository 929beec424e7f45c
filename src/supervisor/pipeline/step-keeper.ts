import { asOvermindError } from "../../base/errors.ts";
import { isMissionName } from "../../base/mission-name.ts";
import type { AttemptPaths } from "../../base/paths.ts";
import type { Agent } from "../../blueprint/blueprint.ts";
import { holds } from "../../blueprint/expression.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { lookUp } from "../../blueprint/values.ts";
import type { AgentMove, StepEnd, StepHistory } from "../../events/domain-event.ts";
import type { MemberOrder } from "../../mission/machine-types.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { ApplyRequest, RunRequest } from "../daemon-context.ts";
import type { LiveMission } from "../live-mission.ts";
import { agentRequest, checkRequest, probeRequest, type StepRequest } from "./agent-request.ts";
import type { PipelineBook } from "./book.ts";
import { Children } from "./children.ts";
import type { PipelineLog } from "./pipeline-log.ts";
import type { PipelinesParts } from "./pipelines.ts";
import { ReadyWatch } from "./ready-watch.ts";
import type { Results } from "./results.ts";

export interface StepKeeperParts {
  readonly pipeline: LiveMission;
  readonly shared: PipelinesParts;
  readonly applied: ApplyRequest;
  readonly book: PipelineBook;
  readonly results: Results;
  readonly log: PipelineLog;
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
  readonly #watches = new Map<string, ReadyWatch>();
  readonly #children: Children;

  constructor(parts: StepKeeperParts) {
    this.#parts = parts;
    this.#children = new Children(parts.pipeline.id, parts.shared.index);
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
  }

  start(step: Step): void {
    const mission = this.#parts.shared.newId();
    this.#note(step, "starting", { mission });
    this.#makeAgent(step, mission);
  }

  /** Asks what runs of a step to end. */
  stop(name: string): void {
    const step = this.#parts.book.historyOf(name);
    if (step !== undefined && step.end === null) for (const id of missionsOf(step)) this.#children.ask(id, "stop");
  }

  /** Asks everything to end; whether nothing lives any more. */
  endAll(how: MemberOrder): boolean {
    const ids = this.#parts.book.steps.flatMap(([, step]) => missionsOf(step));
    for (const id of ids) this.#children.ask(id, how);
    return ids.every((id) => this.#children.live(id) === undefined);
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
      return;
    }
    this.#watches.get(row.id)?.close();
    this.#watches.delete(row.id);
    if (this.#isProbing(known.history)) return;
    if (known.history.isUnready) {
      this.#end(known, "failed", row, "it was not ready in time");
      return;
    }
    if (isOurs(row)) {
      this.#end(known, "stopped", row);
      return;
    }
    if (row.reason !== "completed") {
      this.#end(known, "failed", row);
      return;
    }
    this.#verify(known, row);
  }

  /** Decided, and not there: the daemon was killed in between, or somebody removed it since. */
  #madeLate(known: Known, id: string, make: (step: Step, id: string) => void): void {
    const { book } = this.#parts;
    if (this.#children.wasMade(id)) this.#end(known, "failed", null, `its mission ${id} was removed`);
    else if (this.#parts.isEnding(known.agent)) this.#end(known, "stopped", null);
    else make(book.step(known.agent.name, known.name), id);
  }

  #whileItRuns({ name, agent, history }: Known, row: MissionRow): void {
    if (history.isUnready) {
      this.stop(name);
      return;
    }
    if (agent.ready === null || history.isReady || row.started_at === null) return;
    const watch = this.#watchOf(row, agent.ready);
    const step = this.#parts.book.step(agent.name, name);
    const answer = this.#probe(step, agent.ready, history);
    if (answer === "no" || (watch.isLate && !(watch.hasSeen && answer === "yes"))) {
      this.#parts.log.say(`agent '${name}' was not ready within ${agent.ready.timeoutMs / 1000} s: mission ${row.id}`);
      this.#note(step, "unready");
      this.stop(name);
    } else if (watch.hasSeen && answer === "yes") {
      this.#parts.log.say(`agent '${name}' is ready: mission ${row.id}`);
      this.#note(step, "ready");
    }
  }

  #watchOf(row: MissionRow, { log, timeoutMs }: NonNullable<Agent["ready"]>): ReadyWatch {
    const known = this.#watches.get(row.id);
    const mission = this.#children.live(row.id);
    if (known !== undefined) return known;
    if (mission === undefined) throw new Error(`the mission ${row.id} runs and is not there`);
    const { surroundings } = this.#parts.shared;
    const watch = new ReadyWatch(mission, { text: log, timeoutMs, surroundings, tell: () => this.#parts.look() });
    this.#watches.set(row.id, watch);
    return watch;
  }

  /** What the command that asks for readiness says; it asks again and again by itself. */
  #probe(step: Step, ready: NonNullable<Agent["ready"]>, { probe }: StepHistory): "yes" | "no" | "not yet" {
    const line = ready.command;
    if (line === null) return "yes";
    const make = (id: string) => this.#make(id, (asked) => probeRequest(asked, line, ready.timeoutMs), step, "ready");
    if (probe === null) {
      const id = this.#parts.shared.newId();
      this.#note(step, "probing", { mission: id });
      return make(id) ? "not yet" : "no";
    }
    const row = this.#children.find(probe);
    if (row === undefined) return !this.#children.wasMade(probe) && make(probe) ? "not yet" : "no";
    return !isFinal(row.status) ? "not yet" : row.reason === "completed" ? "yes" : "no";
  }

  #isProbing({ probe }: StepHistory): boolean {
    if (probe === null || this.#children.live(probe) === undefined) return false;
    this.#children.ask(probe, "stop");
    return true;
  }

  #verify(known: Known, row: MissionRow): void {
    const { agent, name, history } = known;
    const last = history.checks.at(-1);
    if (last !== undefined) {
      const check = this.#children.find(last);
      if (check === undefined) {
        this.#madeLate(known, last, (step, id) => this.#makeCheck(step, agent, id, history.checks.length));
        return;
      }
      if (!isFinal(check.status)) return;
      if (isOurs(check)) {
        this.#end(known, "stopped", row);
        return;
      }
      if (check.reason !== "completed") {
        this.#end(
          known,
          "failed",
          { ...row, exit_code: check.exit_code },
          `\`${agent.verify[history.checks.length - 1]?.text}\` failed`,
        );
        return;
      }
    }
    if (history.checks.length === agent.verify.length) {
      this.#end(known, "succeeded", row);
      return;
    }
    if (this.#parts.isEnding(agent)) {
      this.#end(known, "stopped", row);
      return;
    }
    const step = this.#parts.book.step(agent.name, name);
    this.#keepResult(known, row);
    const id = this.#parts.shared.newId();
    this.#note(step, "verifying", { mission: id });
    this.#makeCheck(step, agent, id, history.checks.length + 1);
  }

  #makeAgent(step: Step, id: string): void {
    const { book, log } = this.#parts;
    const ask = (asked: StepRequest) => {
      const { agent, values } = asked;
      if (agent.fanOut?.is === "foreach") book.checkItems(agent);
      if (agent.when !== null) holds(agent.when, (reference) => lookUp(reference, values));
      return agentRequest(asked);
    };
    if (this.#make(id, ask, step, null)) log.say(`agent '${step.name}' started: mission ${id}`);
  }

  /** @param number from 1 */
  #makeCheck(step: Step, agent: Agent, id: string, number: number): void {
    const line = agent.verify[number - 1];
    if (line === undefined) throw new Error(`agent ${agent.name} has no check ${number}`);
    this.#make(id, (asked) => checkRequest(asked, line), step, "verify");
  }

  /** Makes a mission, or ends the step where it cannot be made; whether it was made. */
  #make(id: string, requestOf: (asked: StepRequest) => RunRequest, step: Step, role: string | null): boolean {
    const { book, applied, shared, pipeline } = this.#parts;
    const agent = book.agent(step.agent);
    try {
      const name = this.#freeName(role === null ? step.name : `${step.name}.${role}`);
      shared.run(requestOf({ applied, pipeline: pipeline.id, agent, step, values: book.values(step), name }), id);
      return true;
    } catch (error) {
      const why = asOvermindError(error).message;
      if (role === "ready") this.#parts.log.say(`agent '${step.name}' cannot be asked whether it is ready: ${why}`);
      else this.#end({ name: step.name, agent }, "failed", null, `it could not start: ${why}`);
      return false;
    }
  }

  /** The name alone, or with the pipeline's before it while another live mission bears it. */
  #freeName(name: string): string | undefined {
    const { pipeline, shared } = this.#parts;
    const long = `${pipeline.name}.${name}`;
    return [name, long].find((candidate) => isMissionName(candidate) && !shared.index.isNameTaken(candidate));
  }

  #end(known: Pick<Known, "name" | "agent">, how: StepEnd, row: MissionRow | null, note?: string): void {
    const { book, log } = this.#parts;
    if (row !== null) this.#keepResult(known, row);
    const wrong = how === "succeeded" ? this.#wrongResult(known) : null;
    const end = wrong === null ? how : "failed";
    const why = wrong ?? note;
    const exitCode = row?.exit_code ?? null;
    const words = [row === null ? null : `mission ${row.id}`, exitCode === null ? null : `exit code ${exitCode}`, why];
    log.say(`agent '${known.name}' ${inWords[end]}: ${words.filter((word) => word != null).join(", ") || "nothing of it ran"}`);
    const step = book.step(known.agent.name, known.name);
    this.#note(step, end, { exit_code: exitCode, ...(why === undefined ? {} : { note: why }) });
  }

  #keepResult({ name, agent }: Pick<Known, "name" | "agent">, row: MissionRow): void {
    const { book, results, attemptOf } = this.#parts;
    if (book.isReferenced(agent.name) || agent.expects === "json") results.keep(name, attemptOf(row.id, row.attempt));
  }

  #wrongResult({ name, agent }: Pick<Known, "name" | "agent">): string | null {
    if (agent.expects !== "json") return null;
    try {
      JSON.parse(this.#parts.results.outcome(name, "completed", 0).result ?? "");
      return null;
    } catch (error) {
      return `its result is no JSON: ${(error as Error).message}`;
    }
  }

  #note({ agent, name }: Step, to: AgentMove, more: { mission?: string; exit_code?: number | null; note?: string } = {}): void {
    const { pipeline } = this.#parts;
    pipeline.note({ type: "mission.agent_moved", attempt: pipeline.row.attempt, agent, step: name, to, ...more });
  }
}

const missionsOf = ({ mission, probe, checks }: StepHistory): string[] =>
  [mission, probe, ...checks].flatMap((id) => (id === null ? [] : [id]));

/** Ended by the pipeline itself, which is no failure. */
const isOurs = ({ reason }: MissionRow): boolean => reason === "group" || reason === "parent";

const inWords: Readonly<Record<StepEnd, string>> = { succeeded: "completed", failed: "failed", stopped: "was stopped" };
