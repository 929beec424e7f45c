import type { Ready } from "../../blueprint/blueprint.ts";
import type { Step } from "../../blueprint/pipeline.ts";
import type { Template } from "../../blueprint/template.ts";
import type { StepHistory } from "../../events/domain-event.ts";
import { isFinal } from "../../protocol/mission.ts";
import type { MissionRow } from "../../store/rows.ts";
import type { Surroundings } from "../live-mission.ts";
import type { Children } from "./children.ts";
import { ReadyWatch } from "./ready-watch.ts";

export interface ReadinessParts {
  readonly children: Children;
  readonly surroundings: Surroundings;
  /** Decides on a mission that asks, and makes it; whether it could be made. */
  startProbe(step: Step, line: Template, timeoutMs: number): boolean;
  /** Makes one that was decided. */
  makeProbe(step: Step, id: string, line: Template, timeoutMs: number): boolean;
  /** Something changed that no event tells of. */
  look(): void;
}

/** Finds out whether the running steps of one pipeline are ready: by what they print, by a command that asks. */
export class Readiness {
  readonly #parts: ReadinessParts;
  /** By mission. */
  readonly #watches = new Map<string, ReadyWatch>();

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  close(): void {
    for (const id of this.#watches.keys()) this.forget(id);
  }

  /** @param mission that has ended */
  forget(mission: string): void {
    this.#watches.get(mission)?.close();
    this.#watches.delete(mission);
  }

  /** Of a step whose mission has started; `no`: it will not be any more. */
  answer(step: Step, ready: Ready, row: MissionRow, { probe }: StepHistory): "yes" | "no" | "not yet" {
    const watch = this.#watchOf(row, ready);
    const asked = this.#probe(step, ready, probe);
    if (asked === "no") return "no";
    if (watch.hasSeen && asked === "yes") return "yes";
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
