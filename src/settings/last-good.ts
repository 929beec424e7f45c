import { renameSync, rmSync, writeFileSync } from "node:fs";
import { asOvermindError } from "../base/errors.ts";
import { readText, type SettingsFile, settingsFrom } from "./read-settings.ts";

/** Where `config.toml` and the copy of the one that was accepted last lie. */
export interface ConfigPaths {
  readonly config: string;
  readonly lastConfig: string;
}

export interface SettledFile {
  readonly file: SettingsFile;
  /** The text of `config.toml` as it stands; null: it is not there, or cannot be read. */
  readonly text: string | null;
  /** Why that is not in force, but the last good one; null: it is. */
  readonly error: string | null;
}

/**
 * What a daemon goes by that starts now: `config.toml`, or while it is broken the last one that was
 * accepted, so that a slip in the file keeps nobody's missions from being taken up.
 *
 * @throws OvermindError home_unusable naming file, line and key when there is no good one
 */
export function settledFile({ config, lastConfig }: ConfigPaths): SettledFile {
  let text: string | null = null;
  try {
    text = readText(config);
    return { file: settingsFrom(text, config), text, error: null };
  } catch (error) {
    const file = lastGood(lastConfig, config);
    if (file === null) throw error;
    return { file, text, error: asOvermindError(error).message };
  }
}

/**
 * Keeps what was accepted for the next daemon.
 *
 * @param text null: there is no file, and nothing but the defaults is good
 * @throws whatever keeps the copy from being written
 */
export function keepAsGood(text: string | null, { lastConfig }: ConfigPaths): void {
  if (text === null) rmSync(lastConfig, { force: true });
  else if (textOf(lastConfig) !== text) {
    writeFileSync(`${lastConfig}.new`, text, { mode: 0o600 });
    renameSync(`${lastConfig}.new`, lastConfig);
  }
}

function lastGood(path: string, config: string): SettingsFile | null {
  const text = textOf(path);
  try {
    return text === null ? null : settingsFrom(text, config);
  } catch {
    // An older version took it, this one does not.
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readText(path);
  } catch {
    return null;
  }
}
