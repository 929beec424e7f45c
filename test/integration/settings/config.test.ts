import { readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Home, startHome } from "../../support/home.ts";
import { until } from "../../support/until.ts";

const homes: Home[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.dispose();
});

function configured(config?: string): Home {
  const home = startHome(config === undefined ? {} : { config });
  homes.push(home);
  return home;
}

const configOf = (home: Home) => join(home.home, "config.toml");
const graceInForce = async (home: Home): Promise<unknown> => (await home.ask("config")).values["defaults.grace"].value;
const inForce = (home: Home, grace: string) => until(`a grace of ${grace}`, async () => (await graceInForce(home)) === grace);
const eventsOf = async (home: Home, type: string) =>
  (await home.run(["events", "--json", "--type", type])).stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("overmind config", () => {
  it("shows values and where they come from, without a daemon and with one", async () => {
    const home = configured('keep_days = 3\n[defaults]\ngrace = "5s"\n');
    const alone = await home.run(["config", "--json"]);
    expect(alone.code).toBe(0);
    expect(JSON.parse(alone.stdout)).toMatchObject({
      source: "file",
      exists: true,
      config_error: null,
      values: {
        keep_days: { value: "3d", from: "file", line: 1 },
        "defaults.grace": { value: "5s", from: "file", line: 3 },
        max_depth: { value: 8, from: "default", line: null },
      },
    });
    expect(await home.daemonPid()).toBeNull();
    await home.run(["start"]);
    const asked = JSON.parse((await home.run(["config", "--json"])).stdout);
    expect(asked).toEqual({ ...JSON.parse(alone.stdout), source: "daemon" });
    const { stdout } = await home.run(["config"]);
    expect(stdout).toMatch(/^defaults\.grace +5s +line 3$/m);
    expect(stdout).toMatch(/^defaults\.timeout +- +default$/m);
  });

  it("prints what config.toml takes, in the spelling of flags and README", async () => {
    const home = configured('log_max_bytes = "64M"\nleftovers_keep = []\n[defaults]\nrestart = "on_failure"\ntimeout = 7200\n');
    const { stdout } = await home.run(["config"]);
    expect(stdout).toMatch(/^log_max_bytes +64M +line 1$/m);
    expect(stdout).toMatch(/^defaults\.restart +on-failure +line 4$/m);
    expect(stdout).toMatch(/^defaults\.timeout +2h +line 5$/m);
    expect(stdout).toMatch(/^limits\.backoff_max +1h +default$/m);
    const rows = [...stdout.matchAll(/^(\S+) +(.+?) +(?:default|file|line \d+)$/gm)].filter(([, , value]) => value !== "-");
    expect(rows.length).toBeGreaterThan(25);
    // Words want quotes in TOML, numbers and lists do not.
    const lines = rows.map(
      ([, key, value = ""]) => `${key} = ${/^([\d.]+|true|false|\[.*\])$/.test(value) ? value : `"${value}"`}`,
    );
    const again = configured(`${lines.join("\n")}\n`);
    const table = (text: string) => text.replace(/^.*\n/, "").replace(/ +(default|file|line \d+)$/gm, "");
    const { code, stdout: copied } = await again.run(["config"]);
    expect([code, table(copied)]).toEqual([0, table(stdout)]);
  });

  it("-f prints one value, and refuses a key that is none", async () => {
    const home = configured("[defaults]\ngrace = 1.5\n");
    expect((await home.run(["config", "-f", "grace"])).stdout).toBe("1500ms\n");
    expect((await home.run(["config", "-f", "defaults.success_codes"])).stdout).toBe("[0]\n");
    expect(await home.run(["config", "-f", "colour"])).toMatchObject({ code: 2, stdout: "" });
  });

  it("of a broken file says where and what was meant; no daemon starts with it", async () => {
    const home = configured("[defaults]\n\nmax_restart = 3\n");
    const place = `${configOf(home)}:3:1: unknown key \`defaults.max_restart\`: did you mean \`defaults.max_restarts\`?`;
    for (const args of [["config"], ["ps"]]) {
      expect(await home.run(args)).toMatchObject({ code: 125, stderr: expect.stringContaining(place) });
    }
    expect((await home.run(["doctor"])).stdout).toContain(place);
  });
});

describe("the defaults of missions", () => {
  it("hold where run says nothing", async () => {
    const home = configured('[defaults]\nrestart = "on-failure"\nmax_restarts = 1\nbackoff = 10\nsuccess_codes = [0, 7]\n');
    const id = await home.start("exit 3");
    expect(await home.wait(id)).toMatchObject({ status: "crashed" });
    expect(await home.info(id)).toMatchObject({ restart_policy: "on_failure", restart_count: 1, success_codes: [0, 7] });
    const other = await home.start("--restart", "never", "exit 3");
    await home.wait(other);
    expect(await home.info(other)).toMatchObject({ restart_policy: "never", restart_count: 0 });
  });
});

describe("a running daemon", () => {
  it("takes a changed file, one put in its place, and its removal, and tells of each", async () => {
    const home = configured();
    await home.run(["start"]);
    const path = configOf(home);
    writeFileSync(path, "[defaults]\ngrace = 1\n");
    await inForce(home, "1s");
    writeFileSync(`${path}.new`, "keep_days = 2\n[defaults]\ngrace = 2\n");
    renameSync(`${path}.new`, path);
    await inForce(home, "2s");
    writeFileSync(path, "[defaults]\ngrace = 3\n");
    await inForce(home, "3s");
    rmSync(path);
    await inForce(home, "10s");
    const changed = (await eventsOf(home, "config.changed")).map(({ data }) => data.keys);
    expect(changed).toEqual([
      ["defaults.grace"],
      ["keep_days", "defaults.grace"],
      ["keep_days", "defaults.grace"],
      ["defaults.grace"],
    ]);
    const id = await home.start("true");
    expect((await home.info(id)).grace_ms).toBe(10_000);
  });

  it("takes a change behind a link", async () => {
    const home = configured();
    const elsewhere = configured();
    const real = join(elsewhere.home, "dotfile.toml");
    writeFileSync(real, "[defaults]\ngrace = 1\n");
    symlinkSync(real, configOf(home));
    await home.run(["start"]);
    expect(await graceInForce(home)).toBe("1s");
    writeFileSync(real, "[defaults]\ngrace = 2\n");
    await inForce(home, "2s");
  });

  it("keeps the last good settings while the file is broken, and says so everywhere", async () => {
    const home = configured("[defaults]\ngrace = 1\n");
    await home.run(["start"]);
    const pid = await home.daemonPid();
    writeFileSync(configOf(home), '[defaults]\ngrace = "soon"\n');
    const place = `${configOf(home)}:2:1: \`defaults.grace\`: expected a duration`;
    await until("the daemon to see it", async () => (await home.ask("status")).config_error !== null);
    expect((await home.ask("status")).config_error).toContain(place);
    expect((await home.run(["status"])).stdout).toContain(place);
    expect((await home.run(["doctor"])).stdout).toContain(place);
    expect(home.daemonLog()).toContain("config.toml is broken");
    const config = await home.run(["config"]);
    expect([config.code, config.stdout, config.stderr]).toEqual([
      1,
      expect.stringMatching(/^defaults\.grace +1s/m),
      expect.stringContaining(place),
    ]);
    const id = await home.start("true");
    expect((await home.info(id)).grace_ms).toBe(1000);
    writeFileSync(configOf(home), "[defaults]\ngrace = 1\n");
    await until("the daemon to be content", async () => (await home.ask("status")).config_error === null);
    // Nothing is other than it was before, so no change is announced.
    expect((await eventsOf(home, "config.*")).map(({ type }) => type)).toEqual(["config.rejected"]);
    expect(await home.daemonPid()).toBe(pid);
  });
});

describe("a daemon that starts while the file is broken", () => {
  const broken = '[defaults]\ngrace = "soon"\n';

  it("goes by the last good one, and says so to whoever starts it and everywhere else", async () => {
    const home = configured("[defaults]\ngrace = 1\n");
    await home.run(["start"]);
    writeFileSync(configOf(home), "[defaults]\ngrace = 2\n");
    await inForce(home, "2s");
    const id = await home.start("sleep 60");
    await home.killDaemon();
    const copy = join(home.home, "config.last-good.toml");
    await until("the copy", () => readFileSync(copy, "utf8") === "[defaults]\ngrace = 2\n");
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    writeFileSync(configOf(home), broken);
    const place = `${configOf(home)}:2:1: \`defaults.grace\`: expected a duration`;
    const alone = await home.run(["config"]);
    expect([alone.code, alone.stdout, alone.stderr]).toEqual([
      1,
      expect.stringMatching(/^defaults\.grace +2s/m),
      expect.stringContaining(`the next daemon starts with the last good one: ${place}`),
    ]);
    const first = await home.run(["ps", "-q"]);
    expect([first.code, first.stdout, first.stderr]).toEqual([0, `${id}\n`, expect.stringContaining(place)]);
    expect((await home.run(["ps", "-q"])).stderr).toBe("");
    expect(await graceInForce(home)).toBe("2s");
    expect((await home.ask("status")).config_error).toContain(place);
    expect((await home.run(["doctor"])).stdout).toContain("the next one starts with it too");
    expect((await eventsOf(home, "config.rejected")).map(({ data }) => data.reason)).toEqual([expect.stringContaining(place)]);
    writeFileSync(configOf(home), "[defaults]\ngrace = 3\n");
    await inForce(home, "3s");
  });

  it("is refused where no good one is known any more", async () => {
    const home = configured("[defaults]\ngrace = 1\n");
    await home.run(["start"]);
    rmSync(configOf(home));
    await inForce(home, "10s");
    await home.run(["shutdown"]);
    writeFileSync(configOf(home), broken);
    expect(await home.run(["ps"])).toMatchObject({ code: 125, stderr: expect.stringContaining("`defaults.grace`") });
    writeFileSync(join(home.home, "config.last-good.toml"), "what = 1\n");
    expect(await home.run(["ps"])).toMatchObject({ code: 125, stderr: expect.stringContaining("`defaults.grace`") });
  });
});
