import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFinal } from "../protocol/mission.ts";
import { type Evidence, gather } from "./evidence.ts";
import { pause, type Scene, someFault } from "./faults.ts";
import { afterEnd, type Violation, violations } from "./invariants.ts";
import { Listeners } from "./listeners.ts";
import { Load } from "./load.ts";
import { type Random, seededRandom } from "./random.ts";
import { copied, Sandbox } from "./sandbox.ts";
import { isDefect, starved } from "./starved.ts";
import { Surprises } from "./surprises.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly ms: number;
  /** Called about once a second. */
  readonly onProgress: (progress: Progress) => void;
  /** Ends the run before its time, and all that it started. */
  readonly signal: AbortSignal;
}

export interface Progress {
  readonly phase: "hurting" | "coming to rest" | "checking";
  readonly msLeft: number;
  readonly missions: number;
  readonly faults: number;
}

export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly missions: number;
  readonly events: number;
  readonly messages: number;
  /** How many daemons there were. */
  readonly daemons: number;
  /** How many outputs were followed, and ends waited for, from the begin to the end. */
  readonly listeners: number;
  /** How often each fault struck. */
  readonly faults: Readonly<Record<string, number>>;
  readonly abilities: readonly string[];
  readonly violations: readonly Violation[];
  /** Where the home of a run with violations was kept. */
  readonly kept: string | null;
}

const mostLive = 24;
/** So many clients ask for something at the same time; what strikes is one more. */
const hands = 3;
/** Milliseconds in which all that runs has to come to its end once nothing hurts it any more. */
const restMs = 90_000;
/** What a home's `config.toml` says: nothing of the run is to be forgotten by itself. */
const config = "keep_finished = 1000000\nevents_keep = 10000000\n";

/**
 * Hurts a daemon of its own in every way it knows, then checks that nothing was lost.
 *
 * @throws the signal's reason where it was ended before its time; then nothing is left either
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const sandbox = new Sandbox();
  const surprises = new Surprises(sandbox, options.ms);
  const run = new ChaosRun(options, sandbox, surprises);
  const report = run.report();
  // When it is ended nobody waits for what it is at, nor for how that fails.
  report.catch(() => undefined);
  try {
    return await Promise.race([report, aborted(options.signal)]);
  } finally {
    await run.listeners.leave();
    await sandbox.end();
    surprises.close();
    // A home with violations was copied beside it.
    if (!run.isKept) sandbox.remove();
  }
}

class ChaosRun {
  readonly listeners: Listeners;
  isKept = false;
  readonly #options: ChaosOptions;
  readonly #sandbox: Sandbox;
  readonly #surprises: Surprises;
  readonly #load: Load;
  readonly #struck: Record<string, number> = {};
  readonly #began = performance.now();

  constructor(options: ChaosOptions, sandbox: Sandbox, surprises: Surprises) {
    this.#options = options;
    this.#sandbox = sandbox;
    this.#surprises = surprises;
    this.#load = new Load(sandbox);
    this.listeners = new Listeners(sandbox);
  }

  async report(): Promise<ChaosReport> {
    writeFileSync(this.#sandbox.paths.config, config);
    await this.#load.prepare(await this.#sandbox.client());
    this.listeners.followEvents();
    await Promise.all([this.#strike(), ...Array.from({ length: hands }, (_, hand) => this.#work(hand))]);
    this.#tell("coming to rest");
    this.#surprises.calm();
    try {
      return await this.#checked();
    } catch (error) {
      if (this.#options.signal.aborted) throw error;
      const says = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return this.#reportOf(null, [{ rule: "a daemon that nothing hurts answers", says }]);
    }
  }

  /** What is found once everything has ended. */
  async #checked(): Promise<ChaosReport> {
    const { expectations } = this.#load;
    const stuck = await comeToRest(this.#sandbox, this.#load);
    this.#tell("checking");
    const evidence = await gather(this.#sandbox, this.listeners, expectations);
    const hungry = starved(evidence);
    for (const expected of expectations) if (expected.id !== null && hungry.has(expected.id)) expected.isHurt = true;
    const found = [...stuck, ...violations(evidence, expectations)];
    await (await this.#sandbox.client()).shutdown({ kill: true });
    await vanished(this.#sandbox);
    found.push(...afterEnd(this.#sandbox));
    return this.#reportOf(evidence, found);
  }

  /** @param evidence null: none could be gathered */
  #reportOf(evidence: Evidence | null, found: readonly Violation[]): ChaosReport {
    const { expectations } = this.#load;
    return {
      seed: this.#options.seed,
      seconds: Math.round((performance.now() - this.#began) / 1000),
      missions: evidence?.missions.size ?? expectations.length,
      events: evidence?.events.length ?? 0,
      messages: expectations.reduce((sum, { sent }) => sum + sent.length, 0),
      daemons: evidence?.events.filter(({ type }) => type === "daemon.started").length ?? 0,
      listeners: evidence === null ? 0 : evidence.heard.logs.size + evidence.heard.waits.size,
      faults: this.#struck,
      abilities: this.#surprises.abilities,
      violations: found,
      kept: found.length === 0 ? null : this.#keep(),
    };
  }

  /** One fault after the other. */
  async #strike(): Promise<void> {
    const random = seededRandom(this.#options.seed);
    const scene: Scene = {
      sandbox: this.#sandbox,
      random,
      surprises: this.#surprises,
      expectations: this.#load.expectations,
    };
    while (this.#isHurting) {
      this.#tell("hurting");
      const fault = someFault(random);
      await forgiving(async () => {
        if (await fault.strike(scene)) this.#struck[fault.name] = (this.#struck[fault.name] ?? 0) + 1;
      });
      await pause(random.between(50, 600));
    }
  }

  /** One request after the other, whatever happens to the daemon meanwhile. */
  async #work(hand: number): Promise<void> {
    const random = seededRandom(this.#options.seed + 1000 * (hand + 1));
    while (this.#isHurting) {
      await forgiving(() => this.#request(random));
      await pause(random.between(10, 200));
    }
  }

  async #request(random: Random): Promise<void> {
    const load = this.#load;
    const client = await this.#sandbox.client();
    const choice = random.next();
    if (choice < 0.15) return load.talk(client, random);
    if (choice < 0.25) return load.stop(client, random);
    if (choice < 0.35) return load.forget(client, random);
    const { missions } = await client.status();
    if (missions.live >= mostLive) return;
    const id = await load.add(client, random);
    if (id !== null) this.listeners.perhapsTo(id, random);
  }

  get #isHurting(): boolean {
    return performance.now() - this.#began < this.#options.ms && !this.#options.signal.aborted;
  }

  #tell(phase: Progress["phase"]): void {
    this.#options.onProgress({
      phase,
      msLeft: Math.max(0, this.#options.ms - (performance.now() - this.#began)),
      missions: this.#load.expectations.length,
      faults: Object.values(this.#struck).reduce((sum, count) => sum + count, 0),
    });
  }

  #keep(): string {
    const place = join(this.#sandbox.root, "kept");
    this.isKept = copied(this.#sandbox.home, place);
    return place;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** While it is hurt a request may fail; what follows from it is checked in the end. */
async function forgiving(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (isDefect(error)) throw error;
  }
}

/** Looks up what was lost on the way, ends what does not end by itself, and waits for the rest. */
async function comeToRest(sandbox: Sandbox, load: Load): Promise<Violation[]> {
  const client = await sandbox.client();
  for (const expected of load.expectations) {
    if (expected.id !== null) continue;
    const found = await client.info(expected.name).catch(() => null);
    expected.id = found?.id ?? null;
  }
  await load.endAll(client);
  const live = (await client.list({ all: true, limit: 1_000_000 })).filter(({ status }) => !isFinal(status));
  // A child that lost its parent to a fault has nobody who ends it.
  const orphans = live.filter(
    ({ parent, name }) => name.startsWith("child-") && (parent === null || !live.some(({ id }) => id === parent)),
  );
  for (const { id } of orphans) await client.stop(id);
  // A signal each: Node takes more than ten listeners of one for a leak, and says so into the report.
  const waits = live.map(({ id, name }) =>
    client.wait(id, { signal: AbortSignal.timeout(restMs) }).then(
      () => [],
      (error: Error) => [{ rule: "every mission comes to an end", says: `${name} (${id}) did not: ${error.message}` }],
    ),
  );
  return (await Promise.all(waits)).flat();
}

/** Zombies and last words aside, nothing may remain a few seconds after the daemon said good-bye. */
async function vanished(sandbox: Sandbox): Promise<void> {
  for (let look = 0; look < 100 && sandbox.processes().length > 0; look += 1) await pause(100);
}
