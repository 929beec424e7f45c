import { readFileSync } from "node:fs";
import { fileProblem } from "../../base/file-problem.ts";
import { UsageError } from "../usage-error.ts";

const assignment = /^(?:export\s+)?([^\s=]+)\s*=\s*(.*)$/s;
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/**
 * Reads a file of `NAME=value` lines: `#` begins a comment line, `export` before a name is
 * allowed, single quotes keep everything as it is, double quotes know \n \t \r \" \\ and may span lines.
 *
 * @throws UsageError naming file and line
 */
export function readEnvFile(path: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--env-file ${path} cannot be read: ${fileProblem(error)}`);
  }
  return parseEnvFile(text, path);
}

/** The rule of `readEnvFile` on text; `path` is for the error only. */
export function parseEnvFile(text: string, path: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? "").trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, first] = assignment.exec(line) ?? [];
    if (name === undefined || first === undefined) throw wrongLine(path, at, "takes NAME=value");
    const start = at;
    let raw = first;
    while (isOpen(raw)) {
      at += 1;
      const next = lines[at];
      if (next === undefined) throw wrongLine(path, start, "has a quote that never ends");
      raw = `${raw}\n${next}`;
    }
    values[name] = unquoted(raw, () => wrongLine(path, start, "has text behind its closing quote"));
  }
  return values;
}

const wrongLine = (path: string, index: number, what: string): UsageError => new UsageError(`${path}:${index + 1} ${what}`);

/** Whether a value begins with a quote that is not closed yet. */
function isOpen(raw: string): boolean {
  if (raw.startsWith("'")) return raw.indexOf("'", 1) === -1;
  return raw.startsWith('"') && closingDoubleQuote(raw) === -1;
}

function closingDoubleQuote(raw: string): number {
  for (let at = 1; at < raw.length; at += 1) {
    if (raw[at] === "\\") at += 1;
    else if (raw[at] === '"') return at;
  }
  return -1;
}

function unquoted(raw: string, wrong: () => UsageError): string {
  const end = raw.startsWith("'") ? raw.indexOf("'", 1) : raw.startsWith('"') ? closingDoubleQuote(raw) : -1;
  if (end === -1) return raw.replace(/\s#.*$/, "").trim();
  if (!/^\s*(#.*)?$/.test(raw.slice(end + 1))) throw wrong();
  const inner = raw.slice(1, end);
  return raw.startsWith("'") ? inner : inner.replace(/\\(.)/gs, (_, character: string) => escapes[character] ?? character);
}
