import type { Ready } from "../../blueprint/blueprint.ts";
import { httpUrl } from "../../blueprint/http-url.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import { fill } from "../../blueprint/resolve.ts";
import type { Template } from "../../blueprint/template.ts";
import type { StepHistory } from "../../events/domain-event.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { Surroundings } from "../surroundings.ts";
import type { PipelineBook } from "./book.ts";
import type { Children } from "./children.ts";
import { HttpWatch } from "./http-watch.ts";
import type { PipelineLog } from "./pipeline-log.ts";
import { ReadyWatch } from "./ready-watch.ts";

export interface ReadinessParts {
  readonly children: Children;
  readonly surroundings: Surroundings;
  /** Decides on a mission that asks, and makes it; whether it could be made. */
  startProbe(step: Step, line: Template, timeoutMs: number): boolean;
  /** Makes one that was decided. */
  makeProbe(step: Step, id: string, line: Template, timeoutMs: number): boolean;
  readonly book: PipelineBook;
  readonly log: PipelineLog;
  /** Something changed that no event tells of. */
  look(): void;
}

/** Finds out whether the running steps of one pipeline are ready: by what they print, by what they answer, by a command that asks. */
export class Readiness {
  readonly #parts: ReadinessParts;
  /** By mission. */
  readonly #watches = new Map<string, ReadyWatch>();
  readonly #asking = new Map<string, HttpWatch>();

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  close(): void {
    for (const id of [...this.#watches.keys(), ...this.#asking.keys()]) this.forget(id);
  }

  /** @param mission that has ended */
  forget(mission: string): void {
    this.#watches.get(mission)?.close();
    this.#watches.delete(mission);
    this.#asking.get(mission)?.close();
    this.#asking.delete(mission);
  }

  /** Of a step whose mission has started; `no`: it will not be any more. */
  answer(step: Step, ready: Ready, row: MissionRow, { probe }: StepHistory): "yes" | "no" | "not yet" {
    const watch = this.#watchOf(row, ready);
    const asked = this.#probe(step, ready, probe);
    const answered = this.#answers(step, ready, row);
    if (asked === "no" || answered === "no") return "no";
    if (watch.hasSeen && asked === "yes" && answered === "yes") return "yes";
    return watch.isLate ? "no" : "not yet";
  }

  /** Whether the command that asks still runs; it is asked to end. */
  endProbe({ probe }: StepHistory): boolean {
    if (probe === null || this.#parts.children.live(probe) === undefined) return false;
    this.#parts.children.ask(probe, "stop");
    return true;
  }

  #watchOf(row: MissionRow, { log, timeoutMs }: Ready): ReadyWatch {
    const { children, surroundings, look } = this.#parts;
    const known = this.#watches.get(row.id);
    if (known !== undefined) return known;
    const mission = children.live(row.id);
    if (mission === undefined) throw new Error(`the mission ${row.id} runs and is not there`);
    const watch = new ReadyWatch(mission, { text: log, timeoutMs, surroundings, tell: look });
    this.#watches.set(row.id, watch);
    return watch;
  }

  /** Whether its URL has answered. */
  #answers(step: Step, { http }: Ready, { id }: MissionRow): "yes" | "no" | "not yet" {
    if (http === null) return "yes";
    const { children, surroundings, look } = this.#parts;
    const known = this.#asking.get(id);
    if (known !== undefined) return known.hasAnswered ? "yes" : "not yet";
    const url = this.#urlOf(step, http);
    const mission = children.live(id);
    if (url === null || mission === undefined) return "no";
    this.#asking.set(id, new HttpWatch({ url, clock: surroundings.clock, row: () => mission.row, tell: look }));
    return "not yet";
  }

  /** The address to ask; null where there is none. */
  #urlOf(step: Step, http: Template): URL | null {
    const { book, log } = this.#parts;
    try {
      const text = fill(http, book.values(step));
      const url = httpUrl(text);
      if (url === null) throw new Error(`${text} is no URL`);
      return url;
    } catch (error) {
      log.say(`agent '${step.name}' cannot be asked whether it is ready: ${(error as Error).message}`);
      return null;
    }
  }

  /** What the command says; it asks again and again by itself. */
  #probe(step: Step, { command, timeoutMs }: Ready, probe: string | null): "yes" | "no" | "not yet" {
    if (command === null) return "yes";
    const { children, startProbe, makeProbe } = this.#parts;
    if (probe === null) return startProbe(step, command, timeoutMs) ? "not yet" : "no";
    const row = children.find(probe);
    if (row === undefined) return !children.wasMade(probe) && makeProbe(step, probe, command, timeoutMs) ? "not yet" : "no";
    return !isFinal(row.status) ? "not yet" : row.reason === "completed" ? "yes" : "no";
  }
}
