// Where and of what the figures were taken.
import { execFileSync } from "node:child_process";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

export function describeMachine() {
  const processors = cpus();
  return {
    platform: `${platform()} ${release()} ${arch()}`,
    processor: processors[0]?.model ?? "unknown",
    processors: processors.length,
    memory_mb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    node_environment: Object.keys(process.env).filter((name) => name.startsWith("NODE_")),
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

/** The commit that was measured; null outside a repository. */
export function describeCommit() {
  const commit = git("rev-parse", "HEAD");
  return { commit, is_changed: commit === null ? null : git("status", "--porcelain") !== "" };
}

function git(...args) {
  try {
    return execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}
