import { describe, expect, it } from "vitest";
import { launchdPlist, systemdUnit, unitName } from "../../../src/commands/boot/units.ts";

const facts = {
  node: "/usr/bin/node",
  program: "/opt/overmind/bin/overmind",
  home: "/home/ann/.overmind",
  path: "/usr/local/bin:/usr/bin:/bin",
};

describe("the unit for systemd", () => {
  it("starts the daemon in the foreground, again after failures, and never ends the agents with it", () => {
    expect(systemdUnit(facts)).toBe(`# Written by: overmind service install
[Unit]
Description=Overmind keeps agents running
Documentation=man:systemd.service(5)
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=exec
ExecStart=/usr/bin/node --max-semi-space-size=4 /opt/overmind/bin/overmind daemon
Environment=OVERMIND_HOME=/home/ann/.overmind
Environment=PATH=/usr/local/bin:/usr/bin:/bin
KillMode=process
Delegate=yes
DelegateSubgroup=overmind-daemon
Restart=on-failure
RestartSec=1
TimeoutStopSec=15

[Install]
WantedBy=default.target
`);
  });

  it("takes blanks, quotes, dollars and percent signs of paths literally", () => {
    const text = systemdUnit({ ...facts, program: '/opt/a b/$c "d"/50%', home: "/home/a b/$x", path: "/50%" });
    expect(text).toContain('ExecStart=/usr/bin/node --max-semi-space-size=4 "/opt/a b/$$c \\"d\\"/50%%" daemon\n');
    expect(text).toContain('Environment="OVERMIND_HOME=/home/a b/$x"\n');
    expect(text).toContain("Environment=PATH=/50%%\n");
  });

  it("has a name of its own for a home of its own", () => {
    expect([unitName(""), unitName("-1234abcd")]).toEqual(["overmind.service", "overmind-1234abcd.service"]);
  });
});

describe("the property list for launchd", () => {
  it("starts the daemon at login, again after failures, and leaves the agents alone", () => {
    expect(launchdPlist({ ...facts, home: "/Users/a&b" }, "dev.overmind")).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>dev.overmind</string>
  <key>ProgramArguments</key>
  <array>
    <string>/usr/bin/node</string>
    <string>--max-semi-space-size=4</string>
    <string>/opt/overmind/bin/overmind</string>
    <string>daemon</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>OVERMIND_HOME</key>
    <string>/Users/a&amp;b</string>
    <key>PATH</key>
    <string>/usr/local/bin:/usr/bin:/bin</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>AbandonProcessGroup</key>
  <true/>
</dict>
</plist>
`);
  });
});
