import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files below a directory that contain a text, whatever else is in them. */
export function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}
