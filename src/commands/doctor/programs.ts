import { execFile } from "node:child_process";

export interface Outcome {
  /** Null: not found, or not ended in time. */
  readonly code: number | null;
  readonly output: string;
  readonly isMissing: boolean;
}

/** Runs a program for at most five seconds with nothing on its standard input; never throws. */
export function tryProgram(file: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      { timeout: 5000, killSignal: "SIGKILL", encoding: "utf8" },
      (error, stdout, stderr) => {
        const isMissing = (error as NodeJS.ErrnoException | null)?.code === "ENOENT";
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
        resolve({ code, output: `${stdout}${stderr}`.trim(), isMissing });
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end();
  });
}

/** The first line of a program's version, or null where it is not found. */
export async function versionOf(file: string, args: readonly string[] = ["--version"]): Promise<string | null> {
  const { code, output, isMissing } = await tryProgram(file, args);
  if (isMissing) return null;
  const first =
    output
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? "";
  return code === 0 ? first : `found, but ${[file, ...args].join(" ")} failed`;
}
