import { formatDuration } from "../base/durations.ts";
import { visible } from "../base/text-width.ts";
import { isFinal, type MissionView } from "./mission.ts";
import { commandText } from "./mission-table.ts";
import { plainTable } from "./plain-table.ts";
import { countedTokens, type TokenUsage } from "./usage.ts";

type Cell = (mission: MissionView, now: number) => string;

/** What `ps -o` can show, by name. */
export const missionColumns: Readonly<Record<string, Cell>> = {
  id: ({ id }) => id,
  name: ({ name }) => visible(name),
  type: ({ type }) => type,
  status: ({ status }) => status,
  reason: ({ reason }) => reason ?? "",
  exit: ({ exit_code }) => (exit_code === null ? "" : String(exit_code)),
  signal: ({ signal }) => signal ?? "",
  pid: ({ os_pid }) => (os_pid === null ? "" : String(os_pid)),
  provider: ({ provider }) => provider,
  model: ({ model }) => visible(model ?? ""),
  account: ({ account }) => account ?? "",
  waiting_for: ({ waiting_for }) => waiting_for ?? "",
  until: ({ until }) => until ?? "",
  attempt: ({ attempt }) => String(attempt),
  restarts: ({ restart_count }) => String(restart_count),
  parent: ({ parent }) => parent ?? "",
  children: ({ children }) => String(children.length),
  created: ({ created_at }) => created_at,
  started: ({ started_at }) => started_at ?? "",
  ended: ({ ended_at }) => ended_at ?? "",
  uptime: (mission, now) => uptime(mission, now),
  session: ({ session_id }) => session_id ?? "",
  tokens: ({ usage }) => (usage === null ? "" : String(countedTokens(usage as unknown as TokenUsage))),
  cached: ({ usage }) => (usage === null ? "" : String((usage as unknown as TokenUsage).cached_tokens)),
  cost: ({ usage }) => costText((usage as TokenUsage | null)?.cost_usd ?? null),
  budget: ({ budget }) => (budget === null ? "" : `${Math.floor(budget.share * 100)}%`),
  cwd: ({ cwd }) => visible(cwd),
  labels: ({ labels }) =>
    visible(
      Object.entries(labels)
        .map((pair) => pair.join("="))
        .join(","),
    ),
  command: (mission) => visible(commandText(mission)),
};

const numbers: ReadonlySet<string> = new Set(
  ["exit", "pid", "attempt", "restarts", "children", "tokens", "cached", "cost", "budget"].map((name) => name.toUpperCase()),
);

/** The columns named, one line per mission, without a final newline. */
export function missionColumnsTable(missions: readonly MissionView[], columns: readonly string[], now: number): string {
  const shown = columns.flatMap((name) => missionColumns[name] ?? []);
  const titles = columns.map((name) => name.toUpperCase());
  return plainTable(
    titles,
    missions.map((mission) => shown.map((cell) => cell(mission, now))),
    numbers,
  );
}

/** Dollars to four places: a turn costs less than a cent. */
export const costText = (cost: number | null): string => (cost === null ? "" : cost.toFixed(4));

function uptime({ started_at, ended_at, status }: MissionView, now: number): string {
  if (started_at === null) return "";
  return formatDuration((isFinal(status) && ended_at !== null ? Date.parse(ended_at) : now) - Date.parse(started_at));
}
