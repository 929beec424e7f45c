import { faultPoint } from "../base/fault-points.ts";
import { newMissionId, newMissionName } from "../base/ids.ts";
import { noHistory } from "../events/domain-event.ts";
import type { MissionSpec } from "../mission/spec.ts";
import { terminalProblem } from "../runner/tmux.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Fact, Store } from "../store/store.ts";
import { type AdmissionDesk, admit } from "./admission.ts";
import { refuseMissingAgent } from "./agent-installed.ts";
import type { ApplyRequest, GroupRequest, RunRequest } from "./daemon-context.ts";
import { environmentBytes } from "./environment.ts";
import { LaunchBatch } from "./launch-batch.ts";
import { makeMissionFiles, removeMissionFiles } from "./mission-files.ts";
import type { MissionIndex } from "./mission-index.ts";
import type { MissionLauncher } from "./mission-launcher.ts";
import { newRow } from "./new-row.ts";
import { admitPipeline } from "./pipeline/admit-pipeline.ts";
import type { AgentUpdate } from "./pipeline/change-rule.ts";
import { writePipeline } from "./pipeline/stored.ts";
import type { MissionQueue } from "./queue/mission-queue.ts";
import type { QueueWaiting } from "./queue/queue-types.ts";
import { queuedEvent, queuedRow } from "./queue/queued-row.ts";
import { momentOf, type Surroundings } from "./surroundings.ts";
import { agentEnvironment } from "./talk/agent-admission.ts";
import { admitGroup } from "./tree/admit-group.ts";

// A copy: reading process.env asks the system for each name.
const ownEnvironment = { ...process.env };

export interface MakerParts {
  readonly index: MissionIndex;
  readonly queue: MissionQueue;
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly launcher: MissionLauncher;
}

/** Makes what was asked for: admits it, makes its files, stores it with the intent to start it, and has it launched. */
export class MissionMaker {
  readonly #parts: MakerParts;
  readonly #batch: LaunchBatch;

  constructor(parts: MakerParts) {
    this.#parts = parts;
    this.#batch = new LaunchBatch({
      store: (specs) => parts.surroundings.journal.intend(specs.flatMap((spec) => this.#firstFacts(spec))),
      launch: (spec) => this.#launchFirst(spec),
      discard: (spec) => this.#discard(spec),
    });
    // Whoever looks finds all that was asked for before.
    parts.index.beforeLook(() => this.#batch.flush());
  }

  /** An id that no mission has or had. */
  newId(): string {
    return newMissionId((id) => this.#parts.index.isIdKnown(id));
  }

  /**
   * Makes a mission: its files, then its row with the intent to start it, then its process.
   *
   * @param decidedId the id that it was decided to bear; a new one otherwise
   * @throws OvermindError what `admit` throws, and disk_full; then nothing is left of it
   */
  run(request: RunRequest, decidedId?: string): { id: string; name: string } {
    const spec = this.#prepare(request, decidedId);
    this.#create(spec);
    return { id: spec.id, name: spec.name };
  }

  /**
   * As `run`, stored together with others that are asked for in the same turn of the event loop.
   *
   * @throws OvermindError as `run`, and program_not_found of an agent that is not installed
   */
  async runSoon(request: RunRequest): Promise<{ id: string; name: string }> {
    const spec = this.#prepare(request);
    // Whether it may start, and whether one more child fits, depends on those before it.
    if (spec.queue !== null || spec.parent !== null || this.#parts.launcher.keptFrom(newRow(spec)) !== null) {
      this.#create(spec);
    } else {
      this.#parts.index.reserve(spec);
      await this.#batch.add(spec);
    }
    return { id: spec.id, name: spec.name };
  }

  /**
   * Makes a mission that runs nothing and holds members.
   *
   * @throws OvermindError what `admitGroup` throws, and disk_full
   */
  group(request: GroupRequest): { id: string; name: string } {
    const spec = admitGroup(request, this.#desk());
    makeMissionFiles(this.#parts.surroundings.paths, spec, Buffer.alloc(0));
    this.#create(spec);
    return { id: spec.id, name: spec.name };
  }

  /**
   * Makes a mission that runs the agents of a blueprint, or changes the one that does already.
   *
   * @throws OvermindError what `admitPipeline`, `earlierWork` and `PipelineChanger` throw, and disk_full
   */
  apply(request: ApplyRequest): { id: string; name: string; changes?: readonly AgentUpdate[] } {
    const { paths } = this.#parts.surroundings;
    const { changer, pipelines } = this.#parts.launcher;
    const running = changer.find(request);
    if (running !== undefined) return changer.change(running, request);
    const spec = admitPipeline(request, this.#desk());
    const { request: complete, take } = pipelines.withEarlierWork(request);
    makeMissionFiles(paths, spec, Buffer.alloc(0));
    writePipeline(paths, spec.id, complete);
    take(spec.id);
    this.#create(spec);
    return { id: spec.id, name: spec.name };
  }

  #prepare(request: RunRequest, decidedId?: string): MissionSpec {
    const { paths } = this.#parts.surroundings;
    const desk = this.#desk();
    const spec = admit(request, decidedId === undefined ? desk : { ...desk, newId: () => decidedId });
    const { id, name } = spec;
    // What a pipeline decided to start is its own to settle.
    if (decidedId === undefined) refuseMissingAgent(request, spec.cwd);
    const environment = environmentBytes({
      env: { ...(request.env ?? ownEnvironment), ...agentEnvironment(spec) },
      envBytes: request.envBytes ?? [],
      home: paths.home,
      id,
      name,
    });
    makeMissionFiles(paths, spec, environment);
    FAULT: faultPoint("after_files");
    return spec;
  }

  #create(spec: MissionSpec): void {
    this.#batch.flush();
    const waiting =
      spec.queue === null ? this.#parts.launcher.keptFrom(newRow(spec)) : this.#parts.queue.foresee(spec.queue, spec.createdAt);
    try {
      this.#parts.surroundings.journal.intend(this.#firstFacts(spec, waiting));
    } catch (error) {
      this.#discard(spec);
      throw error;
    }
    this.#launchFirst(spec, waiting);
  }

  #firstFacts(spec: MissionSpec, waiting: QueueWaiting | null = null): Fact[] {
    const { journal } = this.#parts.surroundings;
    const created = { type: "mission.created", name: spec.name, command: spec.command, parent: spec.parent } as const;
    // Stamped in the order of the log: its times never go back.
    const first = journal.fact(spec.id, created, {}, firstRow(spec, waiting));
    const starting = { type: "mission.starting", attempt: 1, restarts: 0, history: noHistory } as const;
    const next =
      waiting === null
        ? journal.fact(spec.id, starting, { attempt: { attempt: 1, restarts: 0 } })
        : journal.fact(spec.id, queuedEvent(waiting));
    return [first, next];
  }

  #launchFirst(spec: MissionSpec, waiting: QueueWaiting | null = null): void {
    FAULT: faultPoint("after_intent");
    this.#parts.launcher.launch(firstRow(spec, waiting), { kind: waiting === null ? "start" : "queued" }, waiting === null);
    FAULT: faultPoint("after_start_request");
  }

  /** Leaves nothing of a mission that could not be stored. */
  #discard(spec: MissionSpec): void {
    this.#parts.index.free(spec);
    removeMissionFiles(this.#parts.surroundings.paths, spec.id);
  }

  #desk(): AdmissionDesk {
    return {
      now: this.#parts.surroundings.clock.now(),
      moment: momentOf(this.#parts.surroundings),
      defaults: this.#parts.surroundings.settings.current.defaults,
      // The daemon left the directory it was started in; clients that send none mean that one.
      cwd: process.env["PWD"] ?? "/",
      newId: () => this.newId(),
      newName: () => newMissionName((name) => this.#parts.index.isNameKnown(name)),
      isNameTaken: (name: string) => this.#parts.index.isNameTaken(name),
      isPoolKnown: (name: string) => this.#parts.queue.pools.find(name) !== undefined,
      findId: (reference: string) => this.#parts.index.findRow(reference)?.id,
      checkPlace: (parent: string) => this.#parts.launcher.tree.checkPlace(parent),
      isLiveGroup: (id: string) => this.#parts.launcher.tree.isLiveGroup(id),
      terminalProblem,
      callerId: ({ env }: RunRequest) => {
        const caller = env?.["OVERMIND_HOME"] === this.#parts.surroundings.paths.home ? env["OVERMIND_MISSION_ID"] : undefined;
        return caller === undefined ? undefined : this.#parts.store.missions.byId(caller)?.id;
      },
    };
  }
}

const firstRow = (spec: MissionSpec, waiting: QueueWaiting | null): MissionRow => ({
  ...newRow(spec),
  ...(waiting === null ? {} : queuedRow(waiting)),
});
