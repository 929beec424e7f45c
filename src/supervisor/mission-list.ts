import { version } from "../base/version.ts";
import type { MissionSpec } from "../mission/spec.ts";
import type { DaemonStatus, Hello } from "../protocol/messages.ts";
import { isFinal, type MissionView, type Status } from "../protocol/mission.ts";
import type { MissionRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { ListFilter } from "./daemon-context.ts";
import type { LiveMission } from "./live-mission.ts";
import type { MissionIndex } from "./mission-index.ts";

// A plain `ps` does not show what was killed on request.
const shownWhenEnded: readonly Status[] = ["stopped", "crashed"];

/** The missions that a filter lets through, oldest first, and how many finished ones its limit left out. */
export function listMissions(filter: ListFilter, index: MissionIndex, store: Store): { missions: MissionView[]; more: number } {
  const parent = filter.children === undefined ? undefined : index.row(filter.children).id;
  const wanted = filter.statuses ?? (filter.all ? undefined : shownWhenEnded);
  const endedFilter = { statuses: wanted?.filter(isFinal), parent };
  const finished = store.missions.finished({ ...endedFilter, limit: filter.labels === undefined ? filter.limit : undefined });
  const live = index
    .live()
    .map((mission) => mission.row)
    .filter(
      (row) =>
        (parent === undefined || row.parent === parent) &&
        (filter.statuses === undefined || filter.statuses.includes(row.status)),
    );
  const ended = finished.filter((row) => index.findLive(row.id) === undefined && hasLabels(row, filter.labels));
  const kept = ended.slice(0, filter.limit ?? ended.length);
  const total = filter.labels === undefined ? store.missions.countFinished(endedFilter) : ended.length;
  const rows = [...live.filter((row) => hasLabels(row, filter.labels)), ...kept].sort(oldestFirst);
  return {
    missions: rows.map((row) => index.view(row)),
    more: Math.max(0, total - kept.length),
  };
}

export function daemonStatus(
  hello: Hello,
  uptimeMs: number,
  counts: Readonly<Record<string, number>>,
  live: readonly LiveMission[],
): Omit<DaemonStatus, "last_event" | "config_error" | "database_lost"> {
  const count = (status: Status) => counts[status] ?? 0;
  return {
    pid: String(hello.pid),
    node: process.version,
    uptime: Math.floor(uptimeMs / 1000),
    memory_mb: Math.round(process.memoryUsage.rss() / 1024 / 1024),
    version,
    home: hello.home,
    process_count: live.filter((mission) => mission.row.os_pid !== null).length,
    ets_table_count: 0,
    missions: {
      running: live.filter((mission) => mission.row.status === "running").length,
      stopped: count("stopped"),
      crashed: count("crashed"),
      killed: count("killed"),
      live: live.length,
      total: Object.values(counts).reduce((sum, one) => sum + one, 0),
    },
  };
}

const hasLabels = (row: MissionRow, labels: ListFilter["labels"]): boolean =>
  labels === undefined || Object.entries(labels).every(([key, value]) => (row.spec as MissionSpec).labels[key] === value);

const oldestFirst = (left: MissionRow, right: MissionRow): number =>
  left.created_at - right.created_at || (left.id < right.id ? -1 : 1);
