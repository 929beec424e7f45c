import { OvermindError } from "../../base/errors.ts";
import { type HomePaths, missionPaths } from "../../base/paths.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import type { MissionRow } from "../../store/rows.ts";
import { TalkFile } from "./talk-file.ts";

/**
 * The mission's next attempt begins a new conversation. Kept beside its output, so that it does also
 * when the daemon dies before.
 *
 * @throws OvermindError not_session for a command, which has none; disk_full where it cannot be kept
 */
export function beginAnew(paths: HomePaths, row: MissionRow): void {
  if ((row.spec as MissionSpec).agent == null) {
    throw new OvermindError("not_session", undefined, { hint: `${row.name} is a command: it has no conversation.` });
  }
  const memory = new TalkFile(missionPaths(paths, row.id).directory, (error) => {
    throw error;
  });
  memory.add({ did: "fresh", isAsked: true });
}
