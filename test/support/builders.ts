import { defaultPolicy, type MissionPolicy, type MissionSpec } from "../../src/mission/spec.ts";
import type { AttemptRow, MissionRow } from "../../src/store/rows.ts";
import type { RunRequest } from "../../src/supervisor/daemon-context.ts";
import { newRow } from "../../src/supervisor/new-row.ts";

/** A mission that runs `true`, changed by `changes`. */
export function buildSpec({
  policy,
  ...changes
}: Partial<Omit<MissionSpec, "policy">> & { policy?: Partial<MissionPolicy> } = {}): MissionSpec {
  return {
    id: "a2345678",
    name: "calm-otter",
    type: "task",
    provider: "raw",
    model: null,
    command: "true",
    argv: null,
    cwd: "/",
    parent: null,
    labels: {},
    createdAt: 1000,
    umask: null,
    nofile: null,
    nice: null,
    stdin: "null",
    removeAfter: false,
    queue: null,
    group: null,
    agent: null,
    terminal: null,
    account: null,
    budget: null,
    policy: { ...defaultPolicy, ...policy },
    ...changes,
  };
}

export function buildRow(changes: Partial<MissionRow> = {}, spec: MissionSpec = buildSpec()): MissionRow {
  return { ...newRow(spec), ...changes };
}

export function buildAttempt(changes: Partial<AttemptRow> = {}): AttemptRow {
  return {
    mission: "a2345678",
    attempt: 1,
    os_pid: null,
    started_at: null,
    ended_at: null,
    uptime_ms: null,
    exit_code: null,
    signal: null,
    reason: null,
    note: null,
    leftovers: [],
    restarts: null,
    ...changes,
  };
}

export function buildRequest(changes: Partial<RunRequest> = {}): RunRequest {
  return {
    command: "true",
    type: "task",
    provider: "raw",
    labels: {},
    keepLeftovers: false,
    stdin: "null",
    removeAfter: false,
    ...changes,
  };
}
