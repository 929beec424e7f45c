import type { Clock } from "../base/clock.ts";
import type { DaemonLog } from "../base/daemon-log.ts";
import { asOvermindError } from "../base/errors.ts";
import type { DaemonEvent } from "../events/domain-event.ts";
import { type ConfigView, changedKeys } from "../protocol/config.ts";
import { configView } from "../settings/config-view.ts";
import { type ConfigPaths, keepAsGood, settledFile } from "../settings/last-good.ts";
import { readText, type SettingsFile, settingsFrom } from "../settings/read-settings.ts";
import type { Settings } from "../settings/settings.ts";
import { watchConfig } from "./config-watch.ts";

export interface LiveSettingsParts {
  readonly paths: ConfigPaths;
  readonly clock: Clock;
  readonly log: DaemonLog;
}

/** The settings in force. A changed file is taken as it changes; while it is broken the last good one stays, also for the next daemon. */
export class LiveSettings {
  readonly #parts: LiveSettingsParts;
  #file: SettingsFile;
  /** The text that was looked at last, whether it was taken or not. */
  #seen: string | null;
  #error: string | null = null;
  #tell: (event: DaemonEvent) => void = () => undefined;
  #unwatch: () => void = () => undefined;

  /** @throws OvermindError home_unusable when the file is broken, naming the place, and no good one is known */
  constructor(parts: LiveSettingsParts) {
    this.#parts = parts;
    const { file, text, error } = settledFile(parts.paths);
    this.#file = file;
    this.#seen = text;
    this.#error = error;
    if (error === null) this.#keep(text);
    else parts.log.warn({ reason: error }, "config.toml is broken; the daemon starts with the last good one");
  }

  get current(): Settings {
    return this.#file.settings;
  }

  /** Why the file as it stands is not in force; null: it is. */
  get error(): string | null {
    return this.#error;
  }

  view(): ConfigView {
    return configView(this.#file, this.#error);
  }

  /** Begins to take changes; `tell` gets what is to be recorded of them. */
  follow(tell: (event: DaemonEvent) => void): void {
    this.#tell = tell;
    if (this.#error !== null) tell({ type: "config.rejected", reason: this.#error });
    this.#unwatch = watchConfig(this.#parts.paths.config, this.#parts.clock, () => this.#look());
  }

  close(): void {
    this.#unwatch();
  }

  #look(): void {
    try {
      const { config } = this.#parts.paths;
      const text = readText(config);
      if (text === this.#seen && this.#error === null) return;
      this.#seen = text;
      this.#take(settingsFrom(text, config));
      this.#keep(text);
    } catch (error) {
      this.#reject(asOvermindError(error).message);
    }
  }

  #take(file: SettingsFile): void {
    const before = this.view();
    this.#file = file;
    this.#error = null;
    const keys = changedKeys(before, this.view());
    this.#parts.log.info({ keys }, "config.toml was read again");
    if (keys.length === 0) return;
    this.#tell({ type: "config.changed", keys });
  }

  #keep(text: string | null): void {
    try {
      keepAsGood(text, this.#parts.paths);
    } catch (err) {
      this.#parts.log.warn({ err }, "the copy of the last good config.toml could not be written");
    }
  }

  #reject(reason: string): void {
    if (reason === this.#error) return;
    this.#error = reason;
    this.#parts.log.warn({ reason }, "config.toml is broken; the settings in force stay");
    this.#tell({ type: "config.rejected", reason });
  }
}
