import { type MissionEvent, noHistory, type StopCause } from "../events/domain-event.ts";
import { accountOf, type MissionSpec } from "../mission/spec.ts";
import type { Status } from "../protocol/mission.ts";
import type { TokenUsage } from "../protocol/usage.ts";
import type { AttemptPatch, MissionPatch, MissionRow } from "../store/rows.ts";
import type { TurnRow } from "../store/turn-table.ts";
import { afterChange, afterMove, noMoves } from "./pipeline/history.ts";

/** What one event changes in the rows of its mission. */
export interface RowChange {
  readonly mission?: MissionPatch;
  readonly attempt?: AttemptPatch;
  readonly turn?: TurnRow;
}

/**
 * An event as it is told: its attempt does not end before it began. The start is noted when the daemon hears of it,
 * the end by the shim when it comes, so that of a very short run the end may bear the earlier time; so may any when
 * the clock was set back.
 */
export const inOrder = (event: MissionEvent, row: Pick<MissionRow, "started_at">): MissionEvent =>
  event.type === "mission.attempt_ended" ? { ...event, ended_at: notBeforeStart(event.ended_at, row) } : event;

/**
 * How an event of a mission's machine shows in its rows. A pure function, so that rows and log
 * cannot tell different stories.
 *
 * @param row as it stood before the event
 * @param now epoch ms
 */
export function rowChange(event: MissionEvent, row: MissionRow, now: number): RowChange {
  switch (event.type) {
    case "mission.starting":
      return {
        mission: {
          status: "starting",
          wish: null,
          reason: null,
          waiting_for: null,
          until: null,
          retry_at: null,
          started_at: null,
          ended_at: null,
          exit_code: null,
          signal: null,
          os_pid: null,
          attempt: event.attempt,
          restarts: event.restarts,
          history: event.history,
        },
        attempt: { attempt: event.attempt, restarts: event.restarts },
      };
    case "mission.started":
      return {
        mission: { status: statusWhileRunning(row), os_pid: event.os_pid, started_at: now },
        attempt: { attempt: event.attempt, os_pid: event.os_pid, started_at: now },
      };
    case "mission.adopted":
      return {
        mission: { status: statusWhileRunning(row), os_pid: event.os_pid, started_at: row.started_at ?? now },
        attempt: { attempt: event.attempt, os_pid: event.os_pid, started_at: row.started_at ?? now },
      };
    case "mission.stop_requested":
      return { mission: { wish: event.wish } };
    case "mission.stopping":
      // Nobody asks for these, so only this event can tell the next daemon why the attempt is being ended.
      return { mission: { status: "stopping", ...(isRule(event.because) ? { wish: event.because } : {}) } };
    case "mission.attempt_ended":
      return {
        mission: { os_pid: null, exit_code: event.exit_code, signal: event.signal, reason: event.reason },
        attempt: {
          attempt: event.attempt,
          ended_at: notBeforeStart(event.ended_at, row),
          uptime_ms: event.uptime_ms,
          exit_code: event.exit_code,
          signal: event.signal,
          reason: event.reason,
          note: event.note ?? null,
          leftovers: event.leftovers,
        },
      };
    case "mission.backing_off":
      return {
        mission: { status: "restarting", history: event.history, retry_at: event.retry_at, wish: null },
      };
    case "mission.ended":
      return {
        mission: {
          status: event.status,
          reason: event.reason,
          exit_code: event.exit_code,
          signal: event.signal,
          os_pid: null,
          wish: null,
          waiting_for: null,
          until: null,
          retry_at: null,
          ended_at: notBeforeStart(now, row),
        },
      };
    case "mission.queued":
      return { mission: { status: "queued", waiting_for: event.waiting_for, until: event.until } };
    case "mission.paused":
      return { mission: { status: "paused" } };
    case "mission.unpaused":
      return { mission: { status: "running" } };
    case "mission.handed_over":
      return { mission: { status: "paused", wish: null } };
    case "mission.waiting":
      // What it was ended for is over once it waits.
      return { mission: { status: "waiting", waiting_for: event.waiting_for, until: event.until, wish: null } };
    case "mission.resumed":
      return { mission: { status: "running", waiting_for: null, until: null } };
    case "mission.member_crashed":
      return { mission: { history: { ...(row.history ?? noHistory), members: event.history } } };
    case "mission.session":
      return { mission: { session_id: event.session_id } };
    case "mission.conversation":
      return { mission: { session_id: null } };
    case "mission.turn_ended":
      return { mission: { usage: event.usage }, ...turnOf(event, row, now) };
    case "mission.budget_warned":
      return { mission: { budget: { ...event.budget, is_warned: true } } };
    case "mission.budget_changed":
      return { mission: { budget: { ...event.budget, is_warned: false } } };
    case "mission.agent_moved":
      return {
        mission: { history: { ...(row.history ?? noHistory), pipeline: afterMove(row.history?.pipeline ?? noMoves, event) } },
      };
    case "mission.blueprint_changed":
      return {
        mission: { history: { ...(row.history ?? noHistory), pipeline: afterChange(row.history?.pipeline ?? noMoves, event) } },
      };
    case "mission.created":
    case "mission.released":
    case "mission.asked":
    case "mission.answered":
    case "mission.withdrawn":
    case "mission.message_refused":
    case "mission.stalled":
    case "mission.memory_exceeded":
    case "mission.deadline_passed":
    case "mission.signalled":
    case "mission.gave_up":
    case "mission.budget_spent":
    case "mission.removed":
      return {};
  }
}

function turnOf(event: MissionEvent & { type: "mission.turn_ended" }, row: MissionRow, now: number): { turn?: TurnRow } {
  if (event.spent === undefined) return {};
  const spec = row.spec as MissionSpec;
  const { id: mission, name, parent } = row;
  const { attempt, turn, spent } = event;
  const account = accountOf(spec) ?? spec.provider;
  const model = event.model ?? spec.model;
  return {
    turn: { mission, attempt, turn, time: now, name, parent, account, provider: spec.provider, model, ...checked(spent) },
  };
}

/** An agent's numbers are not trusted: what cannot be stored would keep everything else from it. */
function checked(spent: TokenUsage): TokenUsage {
  const { input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd } = spent;
  const count = (value: number) => (Number.isSafeInteger(value) && value > 0 ? value : 0);
  return {
    input_tokens: count(input_tokens),
    cached_tokens: count(cached_tokens),
    cache_write_tokens: count(cache_write_tokens),
    output_tokens: count(output_tokens),
    reasoning_tokens: count(reasoning_tokens),
    cost_usd: cost_usd !== null && Number.isFinite(cost_usd) && cost_usd >= 0 ? cost_usd : null,
  };
}

type Rule = "timeout" | "stalled" | "memory" | "deadline" | "budget";
const rules: ReadonlySet<StopCause> = new Set<Rule>(["timeout", "stalled", "memory", "deadline", "budget"]);
const isRule = (because: StopCause): because is Rule => rules.has(because);

function statusWhileRunning(row: MissionRow): Status {
  if (row.wish !== null) return "stopping";
  return row.status === "paused" || row.status === "waiting" ? row.status : "running";
}

function notBeforeStart<Moment extends number | null>(moment: Moment, { started_at }: Pick<MissionRow, "started_at">) {
  return moment === null || started_at === null ? moment : Math.max(moment, started_at);
}
