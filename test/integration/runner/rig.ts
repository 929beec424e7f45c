import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { systemClock } from "../../../src/base/clock.ts";
import { type AttemptPaths, type HomePaths, homePaths, type MissionPaths, missionPaths } from "../../../src/base/paths.ts";
import type { Attempt } from "../../../src/runner/attempt.ts";
import type { AttemptFact } from "../../../src/runner/attempt-fact.ts";
import type { Cgroups } from "../../../src/runner/cgroups.ts";
import { type HostIdentity, hostIdentity } from "../../../src/runner/identity.ts";
import { type NotAdopted, Runner } from "../../../src/runner/runner.ts";
import type { StartRequest } from "../../../src/runner/start-request.ts";
import { freshDirectory, runMarker } from "../../support/home.ts";
import { processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";

export type End = Exclude<AttemptFact, { type: "started" }>;

/** An attempt and what was heard of it. */
export class Observed {
  readonly facts: AttemptFact[] = [];
  readonly paths: AttemptPaths;
  attempt!: Attempt;
  #heard: (() => void)[] = [];

  constructor(paths: AttemptPaths) {
    this.paths = paths;
  }

  readonly listener = (fact: AttemptFact): void => {
    this.facts.push(fact);
    for (const tell of this.#heard.splice(0)) tell();
  };

  get agentPid(): number {
    return this.attempt.agent?.pid ?? 0;
  }

  get output(): string {
    return readFileSync(this.paths.output, "latin1");
  }

  started(): Promise<AttemptFact & { type: "started" }> {
    return this.#fact((fact) => fact.type === "started");
  }

  ended(): Promise<End> {
    return this.#fact((fact) => fact.type !== "started");
  }

  /** Waits until the output contains `text`. */
  async printed(text: string): Promise<string> {
    await until(`'${text}' in the output`, () => this.output.includes(text));
    return this.output;
  }

  async #fact<Found extends AttemptFact>(isWanted: (fact: AttemptFact) => boolean): Promise<Found> {
    for (;;) {
      const found = this.facts.find(isWanted);
      if (found) return found as Found;
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }
}

/** A home with a runner and no daemon. */
export class Rig {
  readonly paths: HomePaths;
  readonly warnings: string[] = [];
  readonly host: HostIdentity = hostIdentity();
  runner: Runner;
  #counter = 0;

  private constructor(home: string, cgroups: Cgroups | null) {
    this.paths = homePaths({ OVERMIND_HOME: home });
    this.runner = this.#newRunner(cgroups);
  }

  static async open(home = freshDirectory(), cgroups: Cgroups | null = null): Promise<Rig> {
    const rig = new Rig(home, cgroups);
    await rig.runner.open();
    return rig;
  }

  get home(): string {
    return this.paths.home;
  }

  /** Makes the files of a mission with `environment` besides the markers. */
  mission(id: string, environment: readonly (string | Buffer)[] = [`PATH=${process.env["PATH"]}`]): MissionPaths {
    const paths = missionPaths(this.paths, id);
    mkdirSync(paths.directory, { recursive: true, mode: 0o700 });
    const markers = [`OVERMIND_HOME=${this.home}`, `OVERMIND_MISSION_ID=${id}`, `OVERMIND_TEST_RUN=${runMarker}`];
    writeFileSync(
      paths.environment,
      Buffer.concat([...markers, ...environment].flatMap((entry) => [Buffer.from(entry), Buffer.from([0])])),
      { mode: 0o600 },
    );
    return paths;
  }

  nextId(): string {
    this.#counter += 1;
    return `mission${this.#counter}`;
  }

  /** Starts a shell line, or words. */
  start(command: string | readonly string[], changes: Partial<StartRequest> = {}): Observed {
    const mission = changes.mission ?? this.nextId();
    const paths = changes.paths ?? this.mission(mission);
    const observed = new Observed(paths.attempt(changes.attempt ?? 1));
    const what = typeof command === "string" ? { command, argv: null } : { command: "", argv: command };
    const request = {
      mission,
      attempt: 1,
      cwd: "/",
      umask: null,
      nofile: null,
      nice: null,
      stdin: "null" as const,
      terminal: null,
      ...what,
      ...changes,
      paths,
    };
    observed.attempt = this.runner.start(request, observed.listener);
    return observed;
  }

  adopt(mission: string, attempt = 1): Observed | NotAdopted {
    const paths = missionPaths(this.paths, mission);
    const observed = new Observed(paths.attempt(attempt));
    const adopted = this.runner.adopt({ mission, attempt, paths, hasTerminal: false }, observed.listener);
    if (typeof adopted === "string") return adopted;
    observed.attempt = adopted;
    return observed;
  }

  /** Another runner takes the place of the one before, as a restarted daemon does. */
  async replaceRunner(cgroups: Cgroups | null = null): Promise<void> {
    this.runner.close();
    this.runner = this.#newRunner(cgroups);
    await this.runner.open();
  }

  /** Ends everything that bears this home. */
  async dispose(): Promise<void> {
    this.runner.close();
    await until(`no process of ${this.home}`, () => {
      const left = processesWith(this.home);
      for (const { pid } of left) kill(pid);
      return left.length === 0;
    });
    rmSync(this.home, { recursive: true, force: true });
  }

  #newRunner(cgroups: Cgroups | null): Runner {
    const log = { warn: (_: object, message: string) => this.warnings.push(message) };
    return new Runner({ paths: this.paths, clock: systemClock, log, cgroups });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
