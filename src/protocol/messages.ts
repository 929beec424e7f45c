export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The id a client gives a request so that the connection stays open (SPEC 6). */
export type RequestId = string | number;

export interface Request {
  readonly cmd: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly id?: RequestId;
}

export interface Hello {
  readonly server: "overmind";
  readonly version: string;
  readonly protocol: number;
  readonly pid: number;
  readonly home: string;
}

export interface RunAnswer {
  readonly id: string;
  readonly name: string;
}

/** What `logs` streams, whole lines at a time. `time` is null where nobody was there to see it. */
export interface LogEvent {
  readonly mission: string;
  readonly attempt: number;
  readonly offset: number;
  readonly time: string | null;
  /** True where `time` is only an upper bound: written while no daemon ran. */
  readonly approximate?: true;
  /** A line that Overmind adds (restart, stall, dropped output), not the agent's. */
  readonly marker?: true;
  /** How many bytes of the output from `offset` on it stands for; 0 for a marker. */
  readonly bytes: number;
  /** Invalid UTF-8 is replaced by U+FFFD. Ends in a newline unless the agent's last line lacks one. */
  readonly text: string;
}

/** What `logs` with `raw` streams. */
export interface RawLogEvent {
  readonly mission: string;
  readonly attempt: number;
  readonly offset: number;
  readonly base64: string;
}

/** One fact of the append-only log as it stands on the wire. */
export interface EventView {
  readonly seq: number;
  readonly time: string;
  readonly type: string;
  readonly mission: string | null;
  readonly attempt: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One pool of slots. */
export interface PoolView {
  readonly name: string;
  readonly slots: number;
  /** Missions that hold a slot. */
  readonly used: number;
  /** Missions that wait, for a slot or for something else before it. */
  readonly queued: number;
  readonly paused: boolean;
  readonly created_at: string;
}

export interface DaemonStatus {
  readonly pid: string;
  readonly node: string;
  readonly uptime: number;
  readonly memory_mb: number;
  readonly version: string;
  readonly home: string;
  readonly process_count: number;
  /** Always 0: a field of the first protocol that shell clients still read. */
  readonly ets_table_count: number;
  /** The greatest number in the event log: `events` with it as `since` tells what comes. */
  readonly last_event: number;
  /** Why config.toml as it stands is not in force; null: it is. */
  readonly config_error: string | null;
  /** What this daemon made good as it started; null: the database was whole. */
  readonly database_lost: DatabaseLoss | null;
  readonly missions: {
    readonly running: number;
    readonly stopped: number;
    readonly crashed: number;
    readonly killed: number;
    readonly live: number;
    readonly total: number;
  };
}

/** A database that was damaged or gone. */
export interface DatabaseLoss {
  /** How many missions were rebuilt from their files. */
  readonly missions: number;
  /** Where what could not be read was put aside; null: there was nothing. */
  readonly kept_as: string | null;
}

/** What an agent answered to a message. */
export interface SendAnswer {
  readonly text: string;
  readonly duration_ms: number;
  /** Of the turn, as the agent tells it; null: it tells none. */
  readonly cost_usd: number | null;
  readonly is_error: boolean;
  /** Not `error`: a shell client that finds that key takes the whole reply for a refusal. */
  readonly error_text: string | null;
  readonly delivery: "confirmed";
}

/** The attempt that begins; `kept`: agents whose results it keeps. */
export interface RetryAnswer {
  readonly id: string;
  readonly name: string;
  readonly attempt: number;
  readonly kept: readonly string[];
}
