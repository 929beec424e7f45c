// The one table: a row per measure.

const headings = ["MEASURE", "MEDIAN", "MIN", "MAX", "UNIT", "FLOOR", "RATIO", "TARGET", ""];
const isLeft = (column) => column === 0 || column === 4 || column === 8;

/**
 * @param measures judged ones
 * @param before measures of an older run by id, or undefined: adds what they said and the change
 */
export function renderTable(measures, before) {
  const rows = [before ? [...headings, "BEFORE", "CHANGE"] : headings];
  for (const measure of measures)
    rows.push(before ? [...cells(measure), ...change(measure, before.get(measure.id))] : cells(measure));
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column], column))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cells({ title, median, min, max, unit, floor, ratio, target, verdict }) {
  const bound = target
    ? `${target.atMost === undefined ? ">=" : "<="} ${target.atMost ?? target.atLeast}${target.of === "ratio" ? " x" : ""}`
    : "";
  return [
    title,
    figure(median),
    figure(min),
    figure(max),
    unit,
    figure(floor?.median),
    ratio === null ? "" : `${ratio.toFixed(2)} x`,
    bound,
    verdict ?? "",
  ];
}

/** Ratios are compared where there are any: the machine may have been slower that day. */
function change(now, then) {
  if (!then) return ["", ""];
  const isRatio = now.ratio !== null && then.ratio !== null;
  const [figureNow, figureThen] = isRatio ? [now.ratio, then.ratio] : [now.median, then.median];
  if (figureNow === undefined || !figureThen) return ["", ""];
  const percent = 100 * (figureNow / figureThen - 1);
  return [isRatio ? `${figureThen.toFixed(2)} x` : figure(figureThen), `${percent > 0 ? "+" : ""}${percent.toFixed(0)} %`];
}

function figure(value) {
  if (value === undefined || value === null) return "";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const pad = (cell, width, column) => (isLeft(column) ? cell.padEnd(width) : cell.padStart(width));
