import {
  choice,
  count,
  duration,
  durationIn,
  flag,
  type Kind,
  listOf,
  number,
  oneOrMore,
  optional,
  signal,
  size,
  text,
} from "./kinds.ts";
import type { MissionDefaults, Settings } from "./settings.ts";

/** One key of the file. */
export interface Field<Owner, Value> {
  /** Where its value stands in the settings. */
  readonly property: keyof Owner & string;
  readonly kind: Kind<Value>;
  readonly fallback: Value;
}

type AnyField<Owner> = {
  [Property in keyof Owner & string]: Field<Owner, Owner[Property]> & { readonly property: Property };
}[keyof Owner & string];

const field =
  <Owner>() =>
  <Property extends keyof Owner & string>(property: Property, kind: Kind<Owner[Property]>, fallback: Owner[Property]) => ({
    property,
    kind,
    fallback,
  });

type TopLevel = Omit<Settings, "defaults" | "hooks" | "approvals" | "limits">;
const top = field<TopLevel>();

/** Top-level keys: what concerns the daemon. */
export const daemonFields: Readonly<Record<string, AnyField<TopLevel>>> = {
  keep_finished: top("keep_finished", count(), 1000),
  keep_days: top("keep_days", durationIn("d"), 30),
  usage_keep_days: top("usage_keep_days", durationIn("d"), 400),
  events_keep: top("events_keep", count(), 200_000),
  log_max_bytes: top("log_max_bytes", size(4096), 256 * 1024 * 1024),
  leftovers_keep: top("leftovers_keep", listOf(text), [
    "gpg-agent",
    "ssh-agent",
    "ssh",
    "dbus-daemon",
    "tmux",
    "adb",
    "watchman",
  ]),
  max_depth: top("max_depth", count({ least: 1, most: 1000 }), 8),
  max_children: top("max_children", count({ least: 0, most: 1_000_000 }), 64),
  hooks_at_once: top("hooks_at_once", count({ least: 1, most: 64 }), 4),
};

const mission = field<MissionDefaults>();

/** Keys of `[defaults]`: a mission's policy, under the names and in the units of `run`'s flags. */
export const missionFields: Readonly<Record<string, AnyField<MissionDefaults>>> = {
  restart: mission("restart", choice(["never", "on_failure", "always"]), "never"),
  max_restarts: mission("maxRestarts", count(), 5),
  max_seconds: mission("maxSeconds", durationIn("s"), 60),
  backoff: mission("backoffMs", duration("ms"), 1000),
  backoff_max: mission("backoffMaxMs", duration("ms"), 60_000),
  jitter: mission("jitter", number({ least: 0, most: 1 }), 0.1),
  stable_seconds: mission("stableSeconds", durationIn("s"), 60),
  grace: mission("graceMs", duration("s"), 10_000),
  stop_signal: mission("stopSignal", signal, "SIGTERM"),
  timeout: mission("timeoutMs", optional(duration("s")), null),
  deadline: mission("deadlineMs", optional(duration("s")), null),
  activity_timeout: mission("activityTimeoutMs", optional(duration("s")), null),
  on_stall: mission("onStall", choice(["kill", "notify", "interrupt"]), "kill"),
  success_codes: mission("successCodes", oneOrMore(count({ most: 255 })), [0]),
  keep_leftovers: mission("keepLeftovers", flag, false),
  memory_max: mission("memoryMaxBytes", optional(size(1)), null),
  on_parent_exit: mission("onParentExit", choice(["keep", "stop", "kill"]), "keep"),
  auto_resume: mission("autoResume", flag, true),
  max_resumes: mission("maxResumes", count(), 20),
  on_budget: mission("onBudget", choice(["wait", "stop"]), "wait"),
  on_ask: mission("onAsk", choice(["ask", "deny"]), "ask"),
};
