import { formatDuration } from "../base/durations.ts";
import { cutToWidth, padToWidth, visible } from "../base/text-width.ts";
import { type InboxItem, shortRequest } from "../protocol/inbox.ts";

/** Of each column but the last; a longer cell is cut on a terminal. */
const columns = [
  { title: "ID", width: 8 },
  { title: "NAME", width: 14 },
  { title: "REQUEST", width: 8 },
  { title: "AGE", width: 6 },
  { title: "TOOL", width: 10 },
] as const;
const gap = "  ";

export interface InboxScreen {
  /** Width of the terminal; null: nothing is cut. */
  readonly columns: number | null;
  /** Epoch ms. */
  readonly now: number;
}

export const inboxHeader = (): string => [...columns.map(({ title, width }) => padToWidth(title, width)), "WHAT"].join(gap);

/** One line of the table of `inbox`. `others` are all that are shown, among which a request needs to be told. */
export function inboxLine(item: InboxItem, others: readonly InboxItem[], screen: InboxScreen): string {
  const cells = [item.id, visible(item.name), shownRequest(item, others), age(item, screen.now), visible(item.tool)];
  const fitted = columns.map(({ width }, index) => {
    const cell = cells[index] ?? "";
    // An id that is cut is of no use.
    const isCut = screen.columns !== null && index !== 2;
    return padToWidth(isCut ? cutToWidth(cell, width) : cell, width);
  });
  const line = [...fitted, visible(whatText(item))].join(gap);
  return screen.columns === null ? line : cutToWidth(line, screen.columns);
}

function shownRequest({ id, request_id }: InboxItem, others: readonly InboxItem[]): string {
  if (request_id === null) return "-";
  const ids = others.flatMap((other) => (other.id === id && other.request_id !== null ? [other.request_id] : []));
  return shortRequest(request_id, ids);
}

const age = ({ asked_at }: InboxItem, now: number): string =>
  asked_at === null ? "-" : formatDuration(Math.max(0, now - Date.parse(asked_at)));

function whatText({ kind, what, hint, in_doubt }: InboxItem): string {
  if (kind === "budget") return `${what} (${hint})`;
  return in_doubt === null ? what : `(${in_doubt.decision} in doubt) ${what}`;
}
