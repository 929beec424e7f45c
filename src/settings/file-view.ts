import type { ConfigView } from "../protocol/config.ts";
import { configView } from "./config-view.ts";
import { type ConfigPaths, settledFile } from "./last-good.ts";
import { readSettings } from "./read-settings.ts";

/**
 * What the file says. The command line loads this file, and the reading of TOML with
 * it, only when it is needed.
 *
 * @throws OvermindError home_unusable naming the file, the line and the key
 */
export const fileView = (path: string): ConfigView => configView(readSettings(path));

/**
 * What a daemon that starts now would go by: also the last good one, with why as its `error`.
 *
 * @throws OvermindError home_unusable when there is none
 */
export function settledView(paths: ConfigPaths): ConfigView {
  const { file, error } = settledFile(paths);
  return configView(file, error);
}
