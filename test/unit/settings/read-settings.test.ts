import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../../src/mission/spec.ts";
import { configView } from "../../../src/settings/config-view.ts";
import { settingsFrom } from "../../../src/settings/read-settings.ts";

const read = (toml: string | null) => settingsFrom(toml, "config.toml").settings;
const approval = (rest: string) => read(`[[approvals]]\n${rest}\n`).approvals[0];
const hook = (rest: string) => read(`[[hooks]]\n${rest}\n`).hooks[0];

describe("the settings", () => {
  it("are the defaults without a file, and with an empty one", () => {
    expect(read("# nothing\n")).toEqual(read(null));
    expect(read(null)).toMatchObject({
      keep_finished: 1000,
      keep_days: 30,
      events_keep: 200_000,
      log_max_bytes: 268_435_456,
      max_depth: 8,
      max_children: 64,
      hooks: [],
    });
    expect(read(null).leftovers_keep).toContain("ssh-agent");
  });

  it("hold rules for what agents ask, in the order of the file", () => {
    expect(read(null).approvals).toEqual([]);
    const none = { match: null, mission: null, labels: [], provider: null, message: null };
    expect(approval('tool = "Bash"\nanswer = "allow"')).toEqual({ ...none, tool: "Bash", answer: "allow" });
    const all = 'tool = "*"\nmatch = "npm *"\nmission = "w*"\nlabel = "a=b=c"\nprovider = "acp"\nanswer = "deny"\nmessage = "no"';
    const whole = { tool: "*", match: "npm *", mission: "w*", labels: ["a=b=c"], provider: "acp", answer: "deny", message: "no" };
    expect(approval(all)).toEqual(whole);
    expect(approval('tool = "*"\nlabel = ["a=1", "b=2"]\nanswer = "ask"')?.labels).toEqual(["a=1", "b=2"]);
    expect(read(`[[approvals]]\n${all}\n[[approvals]]\ntool = "x"\nanswer = "ask"\n`).approvals).toHaveLength(2);
    const view = configView(settingsFrom(`[[approvals]]\n${all}\n`, "config.toml"));
    expect(view.values["approvals"]).toEqual({
      value: ['deny *(npm *) mission=w* label=a=b=c provider=acp "no"'],
      from: "file",
      line: 1,
    });
  });

  // biome-ignore format: a table
  it.each([
    ["tool", '[approvals]\ntool = "x"\n', "`approvals` is a list of tables"],
    ["no answer", '[[approvals]]\ntool = "x"\n', "config.toml:1:1: `approvals[0]` lacks `answer`"],
    ["no tool", '[[approvals]]\nanswer = "deny"\n', "`approvals[0]` lacks `tool`"],
    ["another key", '[[approvals]]\ntools = "x"\nanswer = "deny"\n', "config.toml:2:1: unknown key `approvals[0].tools`: did you mean `approvals[0].tool`?"],
    ["another answer", '[[approvals]]\ntool = "x"\nanswer = "yes"\n', "`approvals[0].answer`: expected allow, deny, ask, found \"yes\""],
    ["a label without value", '[[approvals]]\ntool = "x"\nlabel = "a"\nanswer = "deny"\n', "`approvals[0].label`: expected a label"],
    ["a number", '[[approvals]]\ntool = 3\nanswer = "deny"\n', "`approvals[0].tool`: expected text, found 3"],
  ])("with a rule that has %s are refused", (_, toml, says) => {
    expect(() => read(toml)).toThrow(says);
  });

  it("give missions by default the policy of the contract", () => {
    expect(read(null).defaults).toEqual(defaultPolicy);
  });

  it("are what the file says, and default for the rest", () => {
    const toml = 'keep_finished = 0\nkeep_days = 0.5\nleftovers_keep = ["my-agent"]\n[defaults]\ngrace = 3\n';
    expect(read(toml)).toEqual({
      ...read(null),
      keep_finished: 0,
      keep_days: 0.5,
      leftovers_keep: ["my-agent"],
      defaults: { ...defaultPolicy, graceMs: 3000 },
    });
  });

  // biome-ignore format: a table
  it.each([
    ['restart = "on-failure"', { restart: "on_failure" }],
    ['restart = "always"', { restart: "always" }],
    ["max_restarts = 0", { maxRestarts: 0 }],
    ['max_seconds = "2m"', { maxSeconds: 120 }],
    ["max_seconds = 7", { maxSeconds: 7 }],
    ["backoff = 200", { backoffMs: 200 }],
    ['backoff = "5s"', { backoffMs: 5000 }],
    ['backoff_max = "1h"', { backoffMaxMs: 3_600_000 }],
    ["jitter = 0", { jitter: 0 }],
    ['stable_seconds = "1m30s"', { stableSeconds: 90 }],
    ['grace = "200ms"', { graceMs: 200 }],
    ["grace = 0.5", { graceMs: 500 }],
    ['stop_signal = "int"', { stopSignal: "SIGINT" }],
    ["stop_signal = 15", { stopSignal: "SIGTERM" }],
    ['timeout = "1h"', { timeoutMs: 3_600_000 }],
    ['deadline = "1d"', { deadlineMs: 86_400_000 }],
    ["activity_timeout = 30", { activityTimeoutMs: 30_000 }],
    ['on_stall = "interrupt"', { onStall: "interrupt" }],
    ["success_codes = [0, 3]", { successCodes: [0, 3] }],
    ["success_codes = 3", { successCodes: [3] }],
    ["keep_leftovers = true", { keepLeftovers: true }],
    ['memory_max = "2G"', { memoryMaxBytes: 2 * 1024 ** 3 }],
    ['on_parent_exit = "stop"', { onParentExit: "stop" }],
  ])("read %s below [defaults]", (line, policy) => {
    expect(read(`[defaults]\n${line}\n`).defaults).toEqual({ ...defaultPolicy, ...policy });
    expect(read(`defaults.${line}\n`).defaults).toEqual({ ...defaultPolicy, ...policy });
  });

  it("say how missions go on after a limit", () => {
    const fallback = { quietHours: null, backoffMs: 60_000, backoffMaxMs: 3_600_000, resumeStaggerMs: 250 };
    expect(read(null).limits).toEqual(fallback);
    const toml = '[limits]\nquiet_hours = "22:00-07:30"\nbackoff = 5\nbackoff_max = "2h"\nresume_stagger = 500\n';
    const quietHours = { from: 1320, to: 450 };
    expect(read(toml).limits).toEqual({ quietHours, backoffMs: 5000, backoffMaxMs: 7_200_000, resumeStaggerMs: 500 });
  });

  it("take sizes and durations at the top as well", () => {
    expect(read('log_max_bytes = "1M"\nkeep_days = "2w"\n')).toMatchObject({ log_max_bytes: 1_048_576, keep_days: 14 });
  });
});

// biome-ignore format: a table
const refusals: readonly [what: string, toml: string, message: string][] = [
  ["a misspelt key", "\nkeep_finish = 3", "config.toml:2:1: unknown key `keep_finish`: did you mean `keep_finished`?"],
  ["a key that resembles none", "  colour = 1", "config.toml:1:3: unknown key `colour`"],
  ["a table that is none", "[keep]\nfinished = 1", "config.toml:1:1: unknown key `keep`"],
  ["an inherited name", "constructor = 1", "config.toml:1:1: unknown key `constructor`"],
  ["a misspelt default", "[defaults]\n\n  grase = 1", "config.toml:3:3: unknown key `defaults.grase`: did you mean `defaults.grace`?"],
  ["a default at the top", "grace = 1", "config.toml:1:1: `grace` is a default of missions: write it below [defaults]"],
  ["a daemon's key among the defaults", "[defaults]\nkeep_days = 1", "config.toml:2:1: `keep_days` concerns the daemon: write it above [defaults]"],
  ["defaults that are no table", "defaults = 1", "config.toml:1:1: `defaults` is a table"],
  ["limits that are no table", "limits = 1", "config.toml:1:1: `limits` is a table"],
  ["a misspelt key of the limits", "[limits]\nquiet_hour = 1", "config.toml:2:1: unknown key `limits.quiet_hour`: did you mean `limits.quiet_hours`?"],
  ["a default among the limits", "[limits]\nmax_resumes = 1", "config.toml:2:1: `max_resumes` is a default of missions: write it below [defaults]"],
  ["hours that are none", '[limits]\nquiet_hours = "22-7"', 'config.toml:2:1: `limits.quiet_hours`: expected two different times of day such as "22:00-07:00", found "22-7"'],
  ["hours that are always or never", '[limits]\nquiet_hours = "07:00-07:00"', "`limits.quiet_hours`: expected two different times of day"],
  ["a text for a number", 'keep_finished = "3"', 'config.toml:1:1: `keep_finished`: expected a number, found "3"'],
  ["a negative number", "keep_finished = -1", "`keep_finished`: expected 0 or more, found -1"],
  ["a broken number", "keep_finished = 1.5", "`keep_finished`: expected a whole number, found 1.5"],
  ["no number", "keep_finished = nan", "`keep_finished`: expected a number, found NaN"],
  ["an infinite time", "[defaults]\ngrace = inf", "`defaults.grace`: expected a number, found Infinity"],
  ["a limit below a page", "log_max_bytes = 100", "`log_max_bytes`: expected 4096 or more, found 100"],
  ["a number among names", 'leftovers_keep = ["a", 1]', "`leftovers_keep[1]`: expected text, found 1"],
  ["a date", "keep_days = 2026-01-01", "`keep_days`: expected a duration such as \"5s\" or a number, found a date"],
  ["a duration that is none", '[defaults]\ngrace = "soon"', 'config.toml:2:1: `defaults.grace`: expected a duration such as "5s", "200ms" or "2h", found "soon"'],
  ["a negative duration", "[defaults]\ngrace = -1", "`defaults.grace`: expected 0 or more, found -1"],
  ["an unknown policy", '[defaults]\nrestart = "sometimes"', '`defaults.restart`: expected never, on_failure, always, found "sometimes"'],
  ["a share above one", "[defaults]\njitter = 2", "`defaults.jitter`: expected 0 to 1, found 2"],
  ["an unknown signal", '[defaults]\nstop_signal = "NOPE"', '`defaults.stop_signal`: expected a signal such as TERM, SIGINT or 15, found "NOPE"'],
  ["an exit code that is none", "[defaults]\nsuccess_codes = [256]", "`defaults.success_codes[0]`: expected 0 to 255, found 256"],
  ["no exit code", "[defaults]\nsuccess_codes = []", "`defaults.success_codes`: expected a list that is not empty, found an empty list"],
  ["a hook without a command", '[[hooks]]\non = "*"', "config.toml:1:1: `hooks[0]` lacks `run`"],
  ["a hook without a pattern", '[[hooks]]\nrun = "x"', "config.toml:1:1: `hooks[0]` lacks `on`"],
  ["a misspelt key of the second hook", '[[hooks]]\non = "*"\nrun = "x"\n[[hooks]]\non = "*"\nrun = "x"\nretrys = 1', "config.toml:7:1: unknown key `hooks[1].retrys`: did you mean `hooks[1].retries`?"],
  ["a hook that is a table of its own", "[hooks]\nrun = 1", "config.toml:1:1: `hooks` is a list of tables"],
  ["hooks that are no tables", "hooks = [1]", "config.toml:1:1: `hooks[0]` is a table"],
  ["two hooks of one name", '[[hooks]]\nname = "a"\non = "*"\nrun = "x"\n[[hooks]]\nname = "a"\non = "*"\nrun = "y"', "config.toml:5:1: `hooks[1]`: another hook is called a already"],
  ["two hooks that are the same", '[[hooks]]\non = "*"\nrun = "x"\n[[hooks]]\non = "*"\nrun = "x"', "config.toml:4:1: `hooks[1]`: another hook is called"],
  ["a blank command", '[[hooks]]\non = "*"\nrun = " "', "config.toml:3:1: `hooks[0].run`: expected text"],
  ["a hook without time", '[[hooks]]\non = "*"\nrun = "x"\ntimeout = 0', 'config.toml:4:1: `hooks[0].timeout`: expected a duration above 0 such as "5s", found 0'],
  ["an empty argv", '[[hooks]]\non = "*"\nrun = []', "`hooks[0].run`: expected a list that is not empty"],
  ["a pattern that is none", '[[hooks]]\non = "Mission!"\nrun = "x"', "config.toml:2:1: `hooks[0].on`: expected a pattern of event types"],
  ["a pattern that no event matches", '[[hooks]]\non = "mission.end"\nrun = "x"', 'config.toml:2:1: `hooks[0].on`: expected a pattern that some type of event matches (did you mean "mission.ended"?), found "mission.end"'],
  ["a pattern without its family", '[[hooks]]\non = "mission.ended, stalled"\nrun = "x"', '(did you mean "mission.stalled"?), found "stalled"'],
  ["a misspelt family", '[[hooks]]\non = ["*", "mision.*"]\nrun = "x"', '`hooks[0].on[1]`: expected a pattern that some type of event matches (did you mean "mission.*"?)'],
  ["a pattern far from all", '[[hooks]]\non = "weather"\nrun = "x"', "(such as mission.*, daemon.*, config.*, pool.*)"],
  ["news of hooks", '[[hooks]]\non = "hook.*"\nrun = "x"', "news of hooks is never delivered to a hook"],
  ["a value that is missing", "keep_finished = \n", "config.toml:1:17"],
  ["what is no TOML", "keep_days = 1\n\nkeep_finished 3\n", "config.toml:3:"],
];

describe("a file is refused, with its place,", () => {
  it.each([...refusals])("for %s", (_, toml, message) => {
    expect(() => read(toml)).toThrow(
      expect.objectContaining({ code: "home_unusable", message: expect.stringContaining(message) }),
    );
  });
});

describe("a hook", () => {
  it("has a timeout of 30 s and 5 retries unless it says otherwise", () => {
    expect(hook('name = "n"\non = "mission.*"\nrun = "x"')).toEqual({
      name: "n",
      on: ["mission.*"],
      run: "x",
      timeoutMs: 30_000,
      retries: 5,
    });
    expect(hook('name = "n"\non = ["mission.ended", "d*.*"]\nrun = ["x", "y z"]\ntimeout = 2\nretries = 0')).toEqual({
      name: "n",
      on: ["mission.ended", "d*.*"],
      run: ["x", "y z"],
      timeoutMs: 2000,
      retries: 0,
    });
  });

  it("without a name has one that follows from what it does", () => {
    const name = hook('on = "mission.*"\nrun = "x"')?.name;
    expect(name).toMatch(/^hook-[0-9a-f]{8}$/);
    expect(hook('run = "x"\non = ["mission.*"]\nretries = 9')?.name).toBe(name);
    expect(hook('on = "mission.*"\nrun = "y"')?.name).not.toBe(name);
  });
});
