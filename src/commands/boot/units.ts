import { daemonGroup } from "../../base/cgroup.ts";
import { daemonNodeOptions } from "../../base/daemon-node.ts";

/** What a unit has to know to start the daemon as the person who installs it would. */
export interface UnitFacts {
  /** Absolute path of Node. */
  readonly node: string;
  /** Absolute path of bin/overmind. */
  readonly program: string;
  /** OVERMIND_HOME. */
  readonly home: string;
  /** PATH of whoever installs it: agents' programs are found there. */
  readonly path: string;
}

/** File name of the unit; a home of its own has a unit of its own. */
export const unitName = (suffix: string): string => `overmind${suffix}.service`;
export const agentLabel = (suffix: string): string => `dev.overmind${suffix}`;

/**
 * A unit for `systemd --user` (systemd.service(5)). KillMode=process: ending the daemon must not
 * end the agents, which the next daemon adopts. Delegate=yes: the kernel keeps memory limits. That takes
 * DelegateSubgroup= too, which systemd knows since 254; an older one warns of it, and all is as without both.
 */
export function systemdUnit({ node, program, home, path }: UnitFacts): string {
  return `# Written by: overmind service install
[Unit]
Description=Overmind keeps agents running
Documentation=man:systemd.service(5)
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=exec
ExecStart=${[node, ...daemonNodeOptions, program, "daemon"].map((word) => systemdWord(word.replaceAll("$", "$$$$"))).join(" ")}
Environment=${systemdWord(`OVERMIND_HOME=${home}`)}
Environment=${systemdWord(`PATH=${path}`)}
KillMode=process
Delegate=yes
DelegateSubgroup=${daemonGroup}
Restart=on-failure
RestartSec=1
TimeoutStopSec=15

[Install]
WantedBy=default.target
`;
}

/** A property list for launchd (launchd.plist(5)). AbandonProcessGroup: the agents outlive the daemon. */
export function launchdPlist({ node, program, home, path }: UnitFacts, label: string): string {
  const text = (value: string) => `<string>${xml(value)}</string>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  ${text(label)}
  <key>ProgramArguments</key>
  <array>
${[node, ...daemonNodeOptions, program, "daemon"].map((word) => `    ${text(word)}`).join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>OVERMIND_HOME</key>
    ${text(home)}
    <key>PATH</key>
    ${text(path)}
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
`;
}

/** A word as systemd reads it (systemd.syntax(7)), its specifiers taken literally. */
function systemdWord(word: string): string {
  const literal = word.replaceAll("%", "%%");
  if (/^[\w$@%+=:,./-]+$/.test(literal)) return literal;
  return `"${literal.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const xml = (text: string): string => text.replaceAll(/[&<>]/g, (character) => entities[character] ?? character);
