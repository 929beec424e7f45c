import type { Clock } from "../base/clock.ts";
import { asOvermindError } from "../base/errors.ts";
import type { DaemonEvent } from "../events/domain-event.ts";
import { type ConfigView, changedKeys } from "../protocol/config.ts";
import { configView } from "../settings/config-view.ts";
import { readText, type SettingsFile, settingsFrom } from "../settings/read-settings.ts";
import type { Settings } from "../settings/settings.ts";
import { watchConfig } from "./config-watch.ts";
import type { DaemonLog } from "./daemon-log.ts";

export interface LiveSettingsParts {
  /** Of `config.toml`. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: DaemonLog;
}

/** The settings in force. A changed file is taken as it changes; while it is broken the last good one stays. */
export class LiveSettings {
  readonly #parts: LiveSettingsParts;
  #file: SettingsFile;
  /** The text that was looked at last, whether it was taken or not. */
  #seen: string | null;
  #error: string | null = null;
  #tell: (event: DaemonEvent) => void = () => undefined;
  #unwatch: () => void = () => undefined;

  /** @throws OvermindError home_unusable when the file is broken now, naming the place */
  constructor(parts: LiveSettingsParts) {
    this.#parts = parts;
    this.#seen = readText(parts.path);
    this.#file = settingsFrom(this.#seen, parts.path);
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
    this.#unwatch = watchConfig(this.#parts.path, this.#parts.clock, () => this.#look());
  }

  close(): void {
    this.#unwatch();
  }

  #look(): void {
    try {
      const text = readText(this.#parts.path);
      if (text === this.#seen && this.#error === null) return;
      this.#seen = text;
      this.#take(settingsFrom(text, this.#parts.path));
    } catch (error) {
      this.#reject(asOvermindError(error).message);
    }
  }

  #take(file: SettingsFile): void {
    const before = this.view();
    const wasBroken = this.#error !== null;
    this.#file = file;
    this.#error = null;
    const keys = changedKeys(before, this.view());
    if (keys.length === 0 && !wasBroken) return;
    this.#parts.log.info({ keys }, "config.toml was read again");
    this.#tell({ type: "config.changed", keys });
  }

  #reject(reason: string): void {
    if (reason === this.#error) return;
    this.#error = reason;
    this.#parts.log.warn({ reason }, "config.toml is broken; the settings in force stay");
    this.#tell({ type: "config.rejected", reason });
  }
}
