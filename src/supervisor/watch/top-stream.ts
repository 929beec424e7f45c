import { type Clock, isoTime } from "../../base/clock.ts";
import type { TopRow, TopView } from "../../protocol/top.ts";
import { countedTokens, type TokenUsage } from "../../protocol/usage.ts";
import type { Attempt } from "../../runner/attempt.ts";
import type { TreeUsage } from "../../runner/tree-usage.ts";
import type { LiveMission } from "../live-mission.ts";
import type { TreeGauge } from "./tree-gauge.ts";

export interface TopParts {
  readonly clock: Clock;
  readonly gauge: TreeGauge;
  readonly live: () => readonly LiveMission[];
}

interface Measured {
  readonly usage: TreeUsage;
  /** Monotonic ms. */
  readonly at: number;
}

// The first look has none before it to tell a rate from.
const firstIntervalMs = 250;

/** What live missions use, measured every `intervalMs` for as long as somebody takes it. */
export async function* topStream(
  { clock, gauge, live }: TopParts,
  { intervalMs, signal }: { readonly intervalMs: number; readonly signal: AbortSignal },
): AsyncGenerator<TopView> {
  let former = await measureAll(live(), gauge, clock);
  for (let restMs = Math.min(firstIntervalMs, intervalMs); ; restMs = intervalMs) {
    await pause(clock, restMs, signal);
    if (signal.aborted) return;
    const missions = live();
    const found = await measureAll(missions, gauge, clock);
    const rows = missions.map((mission) => topRow(mission, former, found, clock.now()));
    former = found;
    yield { time: isoTime(clock.now()), missions: rows.toSorted(byUse) };
  }
}

/** Percent of one processor between two looks at a tree; processes that went away unseen count for nothing. */
export function cpuPercent(former: Measured | undefined, found: Measured | undefined): number | null {
  if (former === undefined || found === undefined || found.at <= former.at) return null;
  const spentMs = Math.max(0, found.usage.cpuMs - former.usage.cpuMs);
  return Math.round((1000 * spentMs) / (found.at - former.at)) / 10;
}

function topRow(
  { row, spec, attempt }: LiveMission,
  former: ReadonlyMap<Attempt, Measured>,
  found: ReadonlyMap<Attempt, Measured>,
  now: number,
): TopRow {
  const usage = row.usage as TokenUsage | null;
  const measured = attempt === null ? undefined : found.get(attempt);
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    os_pid: row.os_pid,
    cpu_percent: attempt === null ? null : cpuPercent(former.get(attempt), measured),
    memory_bytes: measured?.usage.memoryBytes ?? null,
    processes: measured?.usage.processes.length ?? null,
    uptime_ms: row.started_at === null ? null : Math.max(0, now - row.started_at),
    restart_count: row.restarts,
    tokens: usage === null ? null : countedTokens(usage),
    cost: usage?.cost_usd ?? null,
    command: spec.command,
  };
}

const byUse = (a: TopRow, b: TopRow): number =>
  (b.cpu_percent ?? -1) - (a.cpu_percent ?? -1) || (b.memory_bytes ?? -1) - (a.memory_bytes ?? -1);

async function measureAll(missions: readonly LiveMission[], gauge: TreeGauge, clock: Clock): Promise<Map<Attempt, Measured>> {
  const attempts = missions.flatMap(({ attempt }) => (attempt === null || attempt.isEnded ? [] : [attempt]));
  const measured = await Promise.all(
    attempts.map(async (attempt) => ({ attempt, usage: await gauge.measure(attempt), at: clock.monotonic() })),
  );
  return new Map(measured.flatMap(({ attempt, usage, at }) => (usage === null ? [] : [[attempt, { usage, at }] as const])));
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
