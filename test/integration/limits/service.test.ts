import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freshDirectory, type Home, overmindPath, startHome } from "../../support/home.ts";

const homes: Home[] = [];
afterAll(async () => {
  for (const home of homes) await home.dispose();
});

/** A home whose systemctl and loginctl are scripts that note what they are asked. */
function pretend(isReachable: boolean) {
  const at = freshDirectory();
  const bin = join(at, "bin");
  const calls = join(at, "calls");
  mkdirSync(bin);
  const script = (text: string) => `#!/bin/sh\necho "$(basename $0) $*" >> ${calls}\n${text}\n`;
  writeFileSync(join(bin, "systemctl"), script(isReachable ? "exit 0" : "echo 'Failed to connect to bus' >&2; exit 1"));
  writeFileSync(join(bin, "loginctl"), script("echo Linger=no"));
  for (const name of ["systemctl", "loginctl"]) chmodSync(join(bin, name), 0o755);
  const home = startHome({ at, env: { PATH: `${bin}:${process.env["PATH"]}`, XDG_CONFIG_HOME: join(at, "config") } });
  homes.push(home);
  return { home, calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []) };
}

describe.runIf(process.platform === "linux")("service", () => {
  it("install writes a unit, lets systemd take the running daemon's place, and hints at lingering", async () => {
    const { home, calls } = pretend(true);
    const id = await home.start("sleep 60");
    const { code, stdout } = await home.run(["service", "install"]);
    expect(code).toBe(0);
    expect(stdout).toContain("loginctl enable-linger");
    const [, path = ""] = /^Wrote (.+)$/m.exec(stdout) ?? [];
    const text = readFileSync(path, "utf8");
    expect(text).toContain(`ExecStart=${process.execPath} --max-semi-space-size=4 ${overmindPath} daemon\n`);
    expect(text).toContain(`Environment=OVERMIND_HOME=${home.home}\n`);
    expect(text).toContain("KillMode=process\n");
    const unit = /overmind-[0-9a-f]{8}\.service$/.exec(path)?.[0];
    expect(calls().filter((call) => !/show|is-/.test(call))).toEqual(
      ["daemon-reload", `enable ${unit}`, `restart ${unit}`].map((words) => `systemctl --user ${words}`),
    );
    expect(await home.daemonPid().catch(() => null)).toBeNull();
    expect(JSON.parse((await home.run(["service", "status", "--json"])).stdout)).toMatchObject({
      installed: true,
      linger: false,
    });
    expect((await home.run(["info", "-f", ".status", id])).stdout).toBe("running\n");

    expect((await home.run(["service", "uninstall"])).code).toBe(0);
    expect(existsSync(path)).toBe(false);
    expect(calls()).toContain(`systemctl --user disable --now ${unit}`);
    expect((await home.run(["service", "status"])).code).toBe(1);
    expect((await home.run(["service", "uninstall"])).stdout).toBe("It is not installed\n");
  });

  it("says what to do where systemd does not answer, and leaves the daemon alone", async () => {
    const { home } = pretend(false);
    await home.start("sleep 60");
    const pid = await home.daemonPid();
    const { code, stdout } = await home.run(["service", "install"]);
    expect(code).toBe(1);
    expect(stdout).toContain("systemctl --user enable --now overmind-");
    expect(await home.daemonPid()).toBe(pid);
    expect((await home.run(["service", "status", "--json"])).stdout).toContain('"enabled":null');
    expect((await home.run(["service", "uninstall"])).code).toBe(0);
  });

  it("refuses another word", async () => {
    const { home } = pretend(true);
    expect(await home.run(["service", "start"])).toMatchObject({ code: 2, stderr: expect.stringContaining("install") });
  });
});

describe("doctor", () => {
  it("says which means of finding leftovers this machine offers", async () => {
    const { home } = pretend(true);
    const findings = JSON.parse((await home.run(["doctor", "--json"])).stdout);
    const names = findings.map(({ check }: { check: string }) => check);
    expect(names).toEqual(expect.arrayContaining(["subreaper", "marker scan", "cgroup v2", "login"]));
    const broken = findings.filter(({ says }: { says: string }) => says.includes("could not be checked"));
    expect(broken).toEqual([]);
  });
});
