// What has to stay flat, and by how much each may grow all the same.
import { judgeFlatness } from "./flatness.mjs";

const mib = 2 ** 20;

// A tenth for what breathes with the load; the slack is what a single sample may be off by.
const bounds = [
  { key: "rss_kb", share: 0.1, slack: 8000 },
  { key: "fds", share: 0.1, slack: 12 },
  { key: "threads", share: 0, slack: 2 },
  { key: "zygote_anon_kb", share: 0.1, slack: 500 },
  { key: "shims", share: 0.2, slack: 10 },
  { key: "shims_anon_kb", share: 0.2, slack: 4000 },
  { key: "processes", share: 0.2, slack: 15 },
  { key: "files", share: 0.1, slack: 400 },
  { key: "disk_bytes", share: 0.1, slack: 8 * mib },
  { key: "database_bytes", share: 0.1, slack: 2 * mib },
  { key: "wal_bytes", share: 0.1, slack: 4 * mib },
  { key: "live", share: 0.2, slack: 10 },
  // Told, not judged: what else the machine does is most of it.
  { key: "ping_ms", share: Number.POSITIVE_INFINITY, slack: 0 },
];

/** Each figure with its quarters, slope and bound. */
export const judgeRun = (samples) => bounds.map((bound) => judgeFlatness(samples, bound)).filter((found) => found !== null);

/** What is left once nothing runs any more: `{ key, before, after, atMost }` of what is too much. */
export function judgeRest(before, after) {
  const most = {
    live: 0,
    shims: before.shims,
    processes: before.processes + 1,
    fds: before.fds + 4,
    threads: before.threads + 1,
  };
  return Object.entries(most)
    .filter(([key, atMost]) => after[key] > atMost)
    .map(([key, atMost]) => ({ key, before: before[key], after: after[key], at_most: atMost }));
}

/** The findings as a table. */
export function renderVerdict(findings) {
  const rows = [["FIGURE", "FIRST QUARTER", "LAST QUARTER", "MIN", "MAX", "PER HOUR", "CLIMBS", "MAY GROW BY", ""]];
  for (const { key, first, last, min, max, slope_per_hour, climb, allowed, isFlat } of findings) {
    const verdict = allowed === Number.POSITIVE_INFINITY ? "" : isFlat ? "flat" : "NOT FLAT";
    rows.push([
      key,
      figure(first),
      figure(last),
      figure(min),
      figure(max),
      figure(slope_per_hour),
      figure(climb),
      figure(allowed),
      verdict,
    ]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join("  "),
    )
    .join("\n");
}

const figure = (value) => (Number.isFinite(value) ? value.toFixed(Math.abs(value) >= 100 ? 0 : 1) : "");
