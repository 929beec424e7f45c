import { existsSync } from "node:fs";
import type { CommandLineContext } from "../command-line-context.ts";
import type { Finding } from "./finding.ts";

/** Whether config.toml can be taken as it stands. */
export async function findConfig({ paths }: CommandLineContext): Promise<Finding> {
  if (!existsSync(paths.config)) return { state: "ok", says: "no config.toml; all settings are default" };
  const { fileView, settledView } = await import("../../settings/file-view.ts");
  const hasGood = () => {
    try {
      return settledView(paths).values !== null;
    } catch {
      return false;
    }
  };
  try {
    const given = Object.entries(fileView(paths.config).values).filter(([, { from }]) => from === "file");
    return { state: "ok", says: `config.toml sets ${given.length === 0 ? "nothing" : given.map(([key]) => key).join(", ")}` };
  } catch (error) {
    return {
      state: "fail",
      says: (error as Error).message,
      fix: `A running daemon goes on with the last good one; ${hasGood() ? "the next one starts with it too" : "none can be started until it is mended"}.`,
    };
  }
}
