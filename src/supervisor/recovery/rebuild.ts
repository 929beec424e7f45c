import { type HomePaths, missionPaths } from "../../base/paths.ts";
import { classifyEnd, finalStatusOf } from "../../mission/classify-end.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { type ExitFile, isClaimed, readExit } from "../../runner/attempt-files.ts";
import type { AttemptPatch, MissionRow } from "../../store/rows.ts";
import type { Fact } from "../../store/store.ts";
import { readAccounts } from "../limits/accounts-file.ts";
import { attemptsOnDisk, missionsOnDisk, readSpecFile } from "../mission-files.ts";
import { newRow } from "../new-row.ts";
import { readPools } from "../queue/pools-file.ts";
import { talkOnDisk } from "../talk/rebuild-talk.ts";
import type { RecordedEnd } from "./end-book.ts";

/**
 * The facts that bring missions back into an empty database from what lies beside their output.
 * What ended for good stays so. What has an exit record and no such end is taken up as if no daemon
 * had seen that end: its policy says what follows. The others count as running; recovery then
 * looks at how each really stands.
 *
 * @param now epoch ms
 * @param ends null: nobody noted them, so whatever has an exit record counts as ended, because
 *   nothing may start twice
 */
export function factsFromFiles(home: HomePaths, now: number, ends: ReadonlyMap<string, RecordedEnd> | null): Fact[] {
  return missionsOnDisk(home).flatMap((id) => {
    const spec = readSpecFile(home, id);
    return spec === null ? [] : rebuiltMission(home, spec, now, ends);
  });
}

/** The facts that bring back the pools. */
export const poolFacts = (path: string, now: number): Fact[] =>
  readPools(path).map((pool) => {
    const data = { pool: pool.name, slots: pool.slots, rebuilt: true };
    return { event: { time: now, type: "pool.set", mission: null, attempt: null, data }, pool };
  });

/** The facts that bring back the limits of accounts. */
export const accountFacts = (path: string, now: number): Fact[] =>
  readAccounts(path).map((account) => {
    const data = { account: account.name, until: account.until, strikes: account.strikes, rebuilt: true };
    return { event: { time: now, type: "account.limited", mission: null, attempt: null, data }, account };
  });

function rebuiltMission(home: HomePaths, spec: MissionSpec, now: number, ends: ReadonlyMap<string, RecordedEnd> | null): Fact[] {
  const paths = missionPaths(home, spec.id);
  const attempts = attemptsOnDisk(home, spec.id).map((attempt) => ({ attempt, exit: readExit(paths.attempt(attempt)) }));
  const last = attempts.at(-1) ?? { attempt: 1, exit: null };
  const noted = ends?.get(spec.id);
  const end = noted !== undefined && noted.attempt >= last.attempt ? noted : null;
  const isEnded = end !== null || (ends === null && last.exit !== null);
  const talk = talkOnDisk(home, spec);
  const row: MissionRow = {
    ...newRow(spec),
    ...talk.row,
    attempt: last.attempt,
    restarts: last.attempt - 1,
    ...(isEnded ? endedRow(spec, last.exit, end) : {}),
    // It may have waited: it goes on waiting, rather than that all who wait start at once.
    ...(!isEnded && spec.queue != null && last.exit === null && !isClaimed(paths.attempt(last.attempt))
      ? { status: "queued", restarts: Math.max(0, last.attempt - 2) }
      : {}),
  };
  const data = { name: spec.name, command: spec.command, parent: spec.parent, rebuilt: true };
  const created: Fact = { event: { time: now, type: "mission.created", mission: spec.id, attempt: null, data }, insert: row };
  const patches = attempts.map(({ attempt, exit }) =>
    // Its end has yet to be judged.
    attemptPatch(spec, attempt, attempt === last.attempt && !isEnded ? null : exit),
  );
  return [
    created,
    ...patches.map(
      (patch): Fact => ({
        event: { time: now, type: "mission.attempt_rebuilt", mission: spec.id, attempt: patch.attempt, data: { ...patch } },
        attempt: patch,
      }),
    ),
    ...talk.turns.map((turn): Fact => {
      const { attempt, ...data } = turn;
      return { event: { time: now, type: "mission.turn_rebuilt", mission: spec.id, attempt, data }, turn };
    }),
  ];
}

function endedRow(spec: MissionSpec, exit: ExitFile | null, end: RecordedEnd | null): Partial<MissionRow> {
  const reason = end?.reason ?? (exit === null ? "lost" : reasonOf(spec, exit));
  return {
    status: end?.status ?? finalStatusOf(reason),
    reason,
    exit_code: exit?.code ?? null,
    signal: exit?.signal ?? null,
    ended_at: end?.endedAt ?? exit?.endedAt ?? null,
  };
}

function attemptPatch(spec: MissionSpec, attempt: number, exit: ExitFile | null): AttemptPatch {
  if (exit === null) return { attempt };
  return { attempt, ended_at: exit.endedAt, exit_code: exit.code, signal: exit.signal, reason: reasonOf(spec, exit) };
}

const reasonOf = (spec: MissionSpec, { kind, code, signal }: ExitFile) =>
  classifyEnd({ kind, exitCode: code, signal }, null, spec.policy.successCodes);
