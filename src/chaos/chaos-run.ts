import { join } from "node:path";
import { asOvermindError } from "../base/errors.ts";
import { isFinal } from "../protocol/mission.ts";
import { pause, type Scene, someFault } from "./faults.ts";
import { afterEnd, gather, type Violation, violations } from "./invariants.ts";
import { Load } from "./load.ts";
import { seededRandom } from "./random.ts";
import { Sandbox, tries } from "./sandbox.ts";
import { Surprises } from "./surprises.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly ms: number;
  /** Called about once a second. */
  readonly onProgress: (progress: Progress) => void;
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
  /** How often each fault struck. */
  readonly faults: Readonly<Record<string, number>>;
  readonly abilities: readonly string[];
  readonly violations: readonly Violation[];
  /** Where the home of a run with violations was kept. */
  readonly kept: string | null;
}

const mostLive = 24;
/** Milliseconds in which all that runs has to come to its end once nothing hurts it any more. */
const restMs = 90_000;

/** Hurts a daemon of its own in every way it knows, then checks that nothing was lost. */
export async function runChaos({ seed, ms, onProgress }: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(seed);
  const sandbox = new Sandbox();
  const surprises = new Surprises(sandbox);
  const load = new Load(sandbox, random);
  const struck: Record<string, number> = {};
  const scene: Scene = { sandbox, random, surprises, expectations: load.expectations };
  const began = performance.now();
  const tell = (phase: Progress["phase"]) =>
    onProgress({
      phase,
      msLeft: Math.max(0, ms - (performance.now() - began)),
      missions: load.expectations.length,
      faults: Object.values(struck).reduce((sum, count) => sum + count, 0),
    });
  try {
    await load.prepare(await sandbox.client());
    while (performance.now() - began < ms) {
      tell("hurting");
      await forgiving(() => oneStep(scene, load, struck));
      await pause(random.between(10, 150));
    }
    tell("coming to rest");
    surprises.calm();
    const stuck = await comeToRest(sandbox, load);
    tell("checking");
    const evidence = await gather(await sandbox.client(), sandbox, load.expectations);
    const found = [...stuck, ...violations(evidence, load.expectations)];
    await (await sandbox.client()).shutdown({ kill: true });
    await vanished(sandbox);
    found.push(...afterEnd(sandbox));
    return {
      seed,
      seconds: Math.round((performance.now() - began) / 1000),
      missions: evidence.missions.size,
      events: evidence.events.length,
      messages: load.expectations.reduce((sum, { sent }) => sum + sent.length, 0),
      faults: struck,
      abilities: surprises.abilities,
      violations: found,
      kept: found.length === 0 ? null : keep(sandbox),
    };
  } finally {
    await sandbox.end();
    surprises.close();
    // A home with violations was copied beside it.
    if (!kept.has(sandbox.root)) sandbox.remove();
  }
}

const kept = new Set<string>();

function keep({ root, home }: Sandbox): string {
  const place = join(root, "kept");
  tries("cp", "-a", home, place);
  kept.add(root);
  return place;
}

async function oneStep(scene: Scene, load: Load, struck: Record<string, number>): Promise<void> {
  const { random, sandbox } = scene;
  const choice = random.next();
  if (choice < 0.3) {
    const fault = someFault(random);
    if (await fault.strike(scene)) struck[fault.name] = (struck[fault.name] ?? 0) + 1;
    return;
  }
  const client = await sandbox.client();
  if (choice < 0.45) return load.talk(client);
  const { missions } = await client.status();
  if (missions.live < mostLive) await load.add(client);
}

/** While it is hurt a request may fail; what follows from it is checked in the end. */
async function forgiving(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (asOvermindError(error).code === "internal") throw error;
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
  await load.endSessions(client);
  const signal = AbortSignal.timeout(restMs);
  const live = (await client.list({ all: true, limit: 1_000_000 })).filter(({ status }) => !isFinal(status));
  // A child that lost its parent to a fault has nobody who ends it.
  const orphans = live.filter(
    ({ parent, name }) => name.startsWith("child-") && (parent === null || !live.some(({ id }) => id === parent)),
  );
  for (const { id } of orphans) await client.stop(id);
  const waits = live.map(({ id, name }) =>
    client.wait(id, { signal }).then(
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
