import type { ConfigView } from "../protocol/config.ts";
import { configView } from "./config-view.ts";
import { readSettings } from "./read-settings.ts";

/**
 * What the next daemon would go by. The command line loads this file, and the reading of TOML with
 * it, only when it is needed.
 *
 * @throws OvermindError home_unusable naming the file, the line and the key
 */
export const fileView = (path: string): ConfigView => configView(readSettings(path));
