import type { ConfigEntry, ConfigValue, ConfigView } from "../protocol/config.ts";
import { approvalLine } from "./approval-fields.ts";
import { daemonFields, missionFields } from "./fields.ts";
import { limitFields } from "./limit-fields.ts";
import type { SettingsFile } from "./read-settings.ts";
import type { HookSpec } from "./settings.ts";

/** The effective values of a file and where each comes from. `config_error`: why a newer text is not in force. */
export function configView(file: SettingsFile, config_error: string | null = null): ConfigView {
  const { settings } = file;
  const entry = (key: string, value: ConfigValue): readonly [string, ConfigEntry] => {
    const isGiven = file.given.has(key);
    return [
      key,
      {
        value,
        from: isGiven ? "file" : "default",
        line: isGiven ? ((file.placeOf(key) ?? file.placeOf(`${key}[0]`))?.line ?? null) : null,
      },
    ];
  };
  const shown = (fields: object, owner: object, prefix: string) =>
    Object.entries(fields as Readonly<Record<string, ShownField>>).map(([key, { property, kind }]) =>
      entry(prefix + key, kind.show((owner as Record<string, unknown>)[property])),
    );
  return {
    path: file.path,
    exists: file.text !== null,
    config_error,
    values: Object.fromEntries([
      ...shown(daemonFields, settings, ""),
      ...shown(missionFields, settings.defaults, "defaults."),
      ...shown(limitFields, settings.limits, "limits."),
      entry("hooks", settings.hooks.map(hookLine)),
      entry("approvals", settings.approvals.map(approvalLine)),
    ]),
  };
}

interface ShownField {
  readonly property: string;
  readonly kind: { show(value: unknown): ConfigValue };
}

const hookLine = ({ name, on, run, timeoutMs, retries }: HookSpec): string =>
  `${name}: ${on.join(",")} -> ${typeof run === "string" ? run : JSON.stringify(run)} (timeout ${timeoutMs / 1000}s, ${retries} retries)`;
