import { type HomePaths, missionPaths } from "../base/paths.ts";
import { classifyEnd, finalStatusOf } from "../mission/classify-end.ts";
import type { MissionSpec } from "../mission/spec.ts";
import { type ExitFile, isClaimed, readExit } from "../runner/attempt-files.ts";
import type { AttemptPatch, MissionRow } from "../store/rows.ts";
import type { Fact } from "../store/store.ts";
import { attemptsOnDisk, missionsOnDisk, readSpecFile } from "./mission-files.ts";
import { newRow } from "./new-row.ts";

/**
 * The facts that bring missions back into an empty database from what lies beside their output.
 * A mission whose last attempt has an exit record counts as ended, whatever its policy says: who
 * stopped it is not known any more, and nothing may start twice. The others count as running;
 * recovery then looks at how each really stands.
 *
 * @param now epoch ms
 */
export function factsFromFiles(home: HomePaths, now: number): Fact[] {
  return missionsOnDisk(home).flatMap((id) => {
    const spec = readSpecFile(home, id);
    return spec === null ? [] : rebuiltMission(home, spec, now);
  });
}

function rebuiltMission(home: HomePaths, spec: MissionSpec, now: number): Fact[] {
  const paths = missionPaths(home, spec.id);
  const attempts = attemptsOnDisk(home, spec.id).map((attempt) => ({ attempt, exit: readExit(paths.attempt(attempt)) }));
  const last = attempts.at(-1) ?? { attempt: 1, exit: null };
  const row: MissionRow = {
    ...newRow(spec),
    attempt: last.attempt,
    restarts: last.attempt - 1,
    ...(last.exit ? endedRow(spec, last.exit) : {}),
    // It may have waited: it goes on waiting, rather than that all who wait start at once.
    ...(spec.queue != null && last.exit === null && !isClaimed(paths.attempt(last.attempt)) ? { status: "queued" } : {}),
  };
  const data = { name: spec.name, command: spec.command, parent: spec.parent, rebuilt: true };
  const created: Fact = { event: { time: now, type: "mission.created", mission: spec.id, attempt: null, data }, insert: row };
  const patches = attempts.map(({ attempt, exit }) => attemptPatch(spec, attempt, exit));
  return [
    created,
    ...patches.map(
      (patch): Fact => ({
        event: { time: now, type: "mission.attempt_rebuilt", mission: spec.id, attempt: patch.attempt, data: { ...patch } },
        attempt: patch,
      }),
    ),
  ];
}

function endedRow(spec: MissionSpec, exit: ExitFile): Partial<MissionRow> {
  const reason = reasonOf(spec, exit);
  return { status: finalStatusOf(reason), reason, exit_code: exit.code, signal: exit.signal, ended_at: exit.endedAt };
}

function attemptPatch(spec: MissionSpec, attempt: number, exit: ExitFile | null): AttemptPatch {
  if (exit === null) return { attempt };
  return { attempt, ended_at: exit.endedAt, exit_code: exit.code, signal: exit.signal, reason: reasonOf(spec, exit) };
}

const reasonOf = (spec: MissionSpec, { kind, code, signal }: ExitFile) =>
  classifyEnd({ kind, exitCode: code, signal }, null, spec.policy.successCodes);
