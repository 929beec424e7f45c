import type { Status } from "./mission.ts";

/** What one live mission uses; null: it has no process now, or it could not be measured. */
export interface TopRow {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly os_pid: number | null;
  /** Of one processor, over the time since the last look: two busy processes make 200. */
  readonly cpu_percent: number | null;
  /** Resident bytes of the whole tree; what its processes share counts for each. */
  readonly memory_bytes: number | null;
  readonly processes: number | null;
  readonly uptime_ms: number | null;
  readonly restart_count: number;
  /** Of an agent what it used so far, without reads from a cache. */
  readonly tokens: number | null;
  /** US dollars; null: the agent tells none. */
  readonly cost: number | null;
  readonly command: string;
}

/** One look of `top`: live missions, those that use most processor time first. */
export interface TopView {
  readonly time: string;
  readonly missions: readonly TopRow[];
}
