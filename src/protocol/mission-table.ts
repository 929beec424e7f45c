import { formatDuration } from "../base/durations.ts";
import { cutToWidth, padToWidth, textWidth, visible } from "../base/text-width.ts";
import { isFinal, isProgramMissing, type MissionView, type Status } from "./mission.ts";

export interface TableOptions {
  /** Width of the terminal; null: nothing is cut. */
  readonly columns: number | null;
  readonly hasColor: boolean;
  /** Epoch milliseconds up to which live missions count as up. */
  readonly now: number;
  /** Children stand below their parents. */
  readonly tree: boolean;
  /** Ids of missions that newer ones have taken the place of, which it then says. */
  readonly former?: ReadonlySet<string>;
}

const titles = ["ID", "NAME", "TYPE", "STATUS", "RESTARTS", "PARENT", "CHILDREN", "UPTIME", "COMMAND"];
const nameColumn = 1;
const statusColumn = 3;
const commandColumn = 8;
// What the tree shows already; a narrow terminal needs the room for names.
const toldByTree = ["PARENT", "CHILDREN"].map((title) => titles.indexOf(title));
// What a list gives up first for the command, which tells missions apart; info and -o tell it still.
const yieldingColumns = ["CHILDREN", "PARENT", "RESTARTS"].map((title) => titles.indexOf(title));
const leastCommand = 24;
const gap = "  ";

/** The table of `ps`, one line per mission, without a final newline. An empty cell is `-`. */
export function missionTable(missions: readonly MissionView[], options: TableOptions): string {
  const placed = options.tree ? placeUnderParents(missions) : missions.map((mission) => ({ mission, indent: "" }));
  const rows = placed.map(({ mission, indent }) => cells(mission, indent, options));
  const widths = fitted(shownWidths(columnWidths([titles, ...rows]), options), options);
  const lines = rows.map((row, index) => line(row, widths, options, placed[index]?.mission.status));
  return [line(titles, widths, options, undefined), ...lines].join("\n");
}

/** A mission's command as a person would type it: an argv is quoted, so that it can be told. */
export function commandText(mission: Pick<MissionView, "command" | "argv">): string {
  return mission.argv === null ? mission.command : mission.argv.map(quoted).join(" ");
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function cells(mission: MissionView, indent: string, { now, former }: TableOptions): string[] {
  const runNote = former?.has(mission.id) ? "(earlier run) " : "";
  const values = [
    mission.id,
    indent + visible(mission.name),
    mission.type,
    mission.status,
    String(mission.restart_count),
    mission.parent ?? "",
    String(mission.children.length),
    uptime(mission, now),
    runNote + limitNote(mission) + startNote(mission) + visible(commandText(mission)) + waitNote(mission),
  ];
  return values.map((value) => (value === "" ? "-" : value));
}

/** Of one that waits for an answer what it asks, for a limit or a budget until when: before the command, whose end may be cut off. */
function limitNote({ status, waiting_for, until, pending }: MissionView): string {
  if (status === "waiting" && waiting_for === "answer") return `(asks: ${visible(pending[0]?.tool ?? "answer")}) `;
  if (waiting_for === "budget") return "(waits for a budget) ";
  if (waiting_for !== "limit") return "";
  return until === null ? "(waits for a limit) " : `(limit until ${until.slice(0, 19)}Z) `;
}

/** Of one whose program never ran why, which its log does not tell apart from what a program says. */
function startNote(mission: MissionView): string {
  if (mission.status !== "crashed" || mission.reason !== "spawn_error") return "";
  return isProgramMissing(mission) ? "(program not found) " : "(could not be started) ";
}

/** Of one that has not started what it waits for. */
function waitNote({ status, waiting_for, until, queue }: MissionView): string {
  if (status !== "queued" || waiting_for === null || waiting_for === "limit" || waiting_for === "budget") return "";
  if (waiting_for === "delay" && until !== null) return ` (queued: until ${until.slice(0, 19)}Z)`;
  return ` (queued: ${waiting_for === "slot" && queue?.pool ? `pool ${queue.pool}` : waiting_for})`;
}

/** How long the mission is up, or was, from its first attempt to its end. */
function uptime(mission: MissionView, now: number): string {
  if (mission.started_at === null) return "";
  const end = isFinal(mission.status) && mission.ended_at !== null ? Date.parse(mission.ended_at) : now;
  return formatDuration(end - Date.parse(mission.started_at));
}

const columnWidths = (rows: readonly (readonly string[])[]): number[] =>
  titles.map((_, column) => rows.reduce((most, row) => Math.max(most, textWidth(row[column] ?? "")), 0));

const tableWidth = (widths: readonly number[]): number =>
  widths.filter((width) => width > 0).reduce((sum, width) => sum + width + gap.length, -gap.length);

/** A column of width 0 is left out. */
function shownWidths(widths: readonly number[], { tree, columns }: TableOptions): number[] {
  const shown = [...widths];
  if (columns === null || tableWidth(widths) <= columns) return shown;
  if (tree) for (const column of toldByTree) shown[column] = 0;
  const command = Math.min(leastCommand, shown[commandColumn] ?? 0);
  for (const column of tree ? [] : yieldingColumns) {
    const room = columns - tableWidth(shown.map((width, at) => (at === commandColumn ? command : width)));
    if (room < 0) shown[column] = 0;
  }
  return shown;
}

/** Takes what does not fit from COMMAND first, then from NAME, whose end is what a tree is read for. */
function fitted(widths: number[], { tree, columns }: TableOptions): number[] {
  if (columns === null) return widths;
  let excess = tableWidth(widths) - columns;
  for (const [column, least] of [
    [commandColumn, tree ? 4 : 10],
    [nameColumn, 8],
    [commandColumn, 4],
  ] as const) {
    const width = widths[column] ?? 0;
    const taken = Math.max(0, Math.min(excess, width - least));
    widths[column] = width - taken;
    excess -= taken;
  }
  return widths;
}

function line(row: readonly string[], widths: readonly number[], options: TableOptions, status: Status | undefined): string {
  const cut = row.map((cell, column) => padToWidth(cutToWidth(cell, widths[column] ?? 0), widths[column] ?? 0));
  const joined = () =>
    cut
      .filter((_, column) => widths[column] !== 0)
      .join(gap)
      .trimEnd();
  const text = joined();
  if (options.columns !== null && textWidth(text) > options.columns) return cutToWidth(text, options.columns);
  if (!options.hasColor) return text;
  if (status === undefined) return `\u001b[1m${text}\u001b[0m`;
  cut[statusColumn] = `\u001b[${colorOf(status)}m${cut[statusColumn]}\u001b[0m`;
  return joined();
}

/** SGR colours: green runs, yellow needs patience or a person, red went wrong, grey is over. */
function colorOf(status: Status): number {
  if (status === "running") return 32;
  if (status === "crashed") return 31;
  return isFinal(status) ? 90 : 33;
}

interface Placed {
  readonly mission: MissionView;
  readonly indent: string;
}

/** Depth first, siblings in the given order; a mission whose parent is not shown stands as a root. */
function placeUnderParents(missions: readonly MissionView[]): Placed[] {
  const shown = new Set(missions.map((mission) => mission.id));
  const byParent = new Map<string | null, MissionView[]>();
  for (const mission of missions) {
    const parent = mission.parent !== null && shown.has(mission.parent) ? mission.parent : null;
    const siblings = byParent.get(parent);
    if (siblings === undefined) byParent.set(parent, [mission]);
    else siblings.push(mission);
  }
  const placed: Placed[] = [];
  const place = (parent: string | null, stem: string): void => {
    const siblings = byParent.get(parent) ?? [];
    siblings.forEach((mission, index) => {
      const isLast = index === siblings.length - 1;
      placed.push({ mission, indent: parent === null ? "" : `${stem}${isLast ? "└─ " : "├─ "}` });
      place(mission.id, parent === null ? "" : `${stem}${isLast ? "   " : "│  "}`);
    });
  };
  place(null, "");
  return placed;
}
