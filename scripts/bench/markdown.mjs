// The table that the README quotes: what was promised, and figures of one kind side by side.

/**
 * @param report machine, commit and judged measures, as `--json` writes them
 */
export function renderMarkdown({ started_at, commit, is_changed, is_quick, machine, measures }) {
  const promised = measures.filter(({ target, matrix }) => target !== undefined && matrix === undefined);
  const tables = [...new Set(measures.flatMap(({ matrix }) => (matrix === undefined ? [] : [matrix.table])))];
  const parts = [
    `${whereAndWhen({ started_at, commit, is_changed, is_quick, machine })}`,
    promised.length === 0 ? "" : table([headings, ...promisedRows(promised, measures)]),
    ...tables.map((name) => matrixText(name, measures)),
    ...measures.flatMap(({ note }) => (note === undefined ? [] : [note])),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const headings = ["measure", "median", "least to most", "floor", "of the floor", "aim"];

function whereAndWhen({ started_at, commit, is_changed, is_quick, machine }) {
  const { processor, processors, memory_mb, platform, node, node_environment, load } = machine;
  const version = commit === null ? "" : `, commit ${commit.slice(0, 10)}${is_changed ? " with changes" : ""}`;
  const environment = node_environment.length === 0 ? "" : ` with ${node_environment.join(", ")}`;
  return `${started_at.slice(0, 10)}${version}${is_quick ? ", a quick run" : ""}: ${processors} x ${processor}, ${Math.round(memory_mb / 1024)} GB, ${platform}, Node ${node}${environment}, load ${load[0]} as it began.`;
}

/** A title that begins with dots goes on from the one before it, which may stand in no row. */
function promisedRows(promised, measures) {
  return promised.map((measure) => {
    const { title, unit, median, min, max, floor, ratio, target, verdict } = measure;
    const bound = `${target.atMost === undefined ? "at least" : "at most"} ${target.atMost ?? target.atLeast}${target.of === "ratio" ? " x" : ` ${unit}`}`;
    return [
      title.startsWith("... ") ? `${headOf(measure, measures)}: ${title.slice(4)}` : title,
      `${figure(median)} ${unit}`,
      min === max ? "" : `${figure(min)} to ${figure(max)}`,
      floor === undefined ? "" : `${figure(floor.median)} ${unit} (${floor.title})`,
      ratio === null ? "" : `${ratio.toFixed(2)} x`,
      verdict === "pass" ? bound : `${bound}: **missed**`,
    ];
  });
}

function headOf(measure, measures) {
  const before = measures.slice(0, measures.indexOf(measure)).findLast(({ title }) => !title.startsWith("... "));
  return before?.title.split(":")[0] ?? "";
}

function matrixText(name, measures) {
  const cells = measures.filter(({ matrix }) => matrix?.table === name);
  const columns = [...new Set(cells.map(({ matrix }) => matrix.column))];
  const rows = [...new Set(cells.map(({ matrix }) => matrix.row))];
  const cellOf = (row, column) => cells.find(({ matrix }) => matrix.row === row && matrix.column === column);
  return table([
    [name, ...columns],
    ...rows.map((row) => [row, ...columns.map((column) => figure(cellOf(row, column)?.median))]),
  ]);
}

function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

function figure(value) {
  if (value === undefined || value === null) return "";
  if (value !== 0 && Math.abs(value) < 10) return value.toFixed(Math.abs(value) < 1 ? 2 : 1);
  return value.toFixed(0);
}
