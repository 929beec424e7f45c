import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isMissionId } from "../base/ids.ts";
import type { OvermindClient } from "../client/overmind-client.ts";
import type { EventView } from "../protocol/messages.ts";
import type { MissionView } from "../protocol/mission.ts";
import type { Expectation } from "./expectation.ts";
import { pause } from "./faults.ts";
import { type Note, readLedger } from "./ledger.ts";
import type { Heard, Listeners } from "./listeners.ts";
import type { Sandbox } from "./sandbox.ts";

/** What is known once all has come to rest. */
export interface Evidence {
  /** As the list tells of them, by id. */
  readonly missions: ReadonlyMap<string, MissionView>;
  /** As each of them is told of when it is asked for. */
  readonly infos: ReadonlyMap<string, MissionView>;
  readonly events: readonly EventView[];
  readonly notes: readonly Note[];
  readonly outputs: ReadonlyMap<string, string>;
  readonly heard: Heard;
  /** Ids that have files, and are no missions. */
  readonly onDisk: readonly string[];
  /** Files of missions that the daemon still holds open. */
  readonly open: readonly string[];
}

/** What breaks one promise, in words. */
export type Rule = (evidence: Evidence, expectations: readonly Expectation[]) => readonly string[];

/** Milliseconds in which the daemon closes and removes what it needs no more. */
const tidyMs = 10_000;

/** Everything that can be asked of a daemon that has come to rest. */
export async function gather(sandbox: Sandbox, listeners: Listeners, expectations: readonly Expectation[]): Promise<Evidence> {
  const client = await sandbox.client();
  const missions = new Map((await client.list({ all: true, limit: 1_000_000 })).map((mission) => [mission.id, mission]));
  const infos = new Map<string, MissionView>();
  for (const id of missions.keys()) infos.set(id, await client.info(id));
  const events: EventView[] = [];
  for await (const event of client.events({ since: 0 })) events.push(event);
  const outputs = new Map<string, string>();
  for (const { id, kind } of expectations) {
    if (id !== null && missions.has(id) && kind !== "pipeline") outputs.set(id, await rawOutput(client, id));
  }
  const heard = await listeners.finish(events.at(-1)?.seq ?? 0);
  await listeners.leave();
  const onDisk = await tidied(() => readdirSync(sandbox.paths.missions).filter((id) => isMissionId(id) && !missions.has(id)));
  return { missions, infos, events, notes: readLedger(sandbox.ledger), outputs, heard, onDisk, open: await heldOpen(sandbox) };
}

async function rawOutput(client: OvermindClient, id: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const { bytes } of client.rawLogs(id)) pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

async function heldOpen(sandbox: Sandbox): Promise<string[]> {
  const pid = await sandbox.daemonPid();
  return tidied(() => filesOf(pid, sandbox.paths.missions));
}

/** What is left of something once the daemon had the time to tidy it up. */
async function tidied(look: () => string[]): Promise<string[]> {
  let found = look();
  for (let waited = 0; waited < tidyMs && found.length > 0; waited += 100) {
    await pause(100);
    found = look();
  }
  return found;
}

function filesOf(pid: number | null, below: string): string[] {
  if (pid === null || process.platform !== "linux") return [];
  return readdirSync(`/proc/${pid}/fd`)
    .map((name) => targetOf(join(`/proc/${pid}/fd`, name)))
    .filter((path) => path.startsWith(`${below}/`));
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // It was closed meanwhile.
    return "";
  }
}
