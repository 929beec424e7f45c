// The daemon's composition root. What a loser of the start race needs comes first and is light; the
// rest is run once the home is ours.
import { parseArgs } from "node:util";
import { systemClock } from "./base/clock.ts";
import type { DaemonLog } from "./base/daemon-log.ts";
import { asOvermindError, OvermindError } from "./base/errors.ts";
import { armFaultPoint, faultPoint } from "./base/fault-points.ts";
import { type HomePaths, homePaths } from "./base/paths.ts";
import { version } from "./base/version.ts";
import { lossText } from "./protocol/database-loss.ts";
import type { DaemonStatus } from "./protocol/messages.ts";
import { prepareHome } from "./server/home.ts";
import { HomeLock, inodeOf } from "./server/lock.ts";
import { ReadyReport } from "./server/ready-report.ts";
import { RotatingFile } from "./server/rotating-file.ts";
import { Reserve } from "./supervisor/reserve.ts";

/** Milliseconds that a clean end may take. */
const longestLeaveMs = 5000;

const { values } = parseArgs({
  options: { "ready-fd": { type: "string" }, foreground: { type: "boolean", default: false } },
});
const report = new ReadyReport(values["ready-fd"] === undefined ? undefined : Number(values["ready-fd"]));
FAULT: armFaultPoint(process.env["OVERMIND_FAULT_POINT"]);

start(homePaths(), values.foreground).catch((thrown: unknown) => {
  const error = asOvermindError(thrown);
  report.failed(error);
  // With a ready descriptor the starter tells; in the foreground a person reads this.
  if (values.foreground) console.error(`Error: ${error.message} (${error.code})${error.hint ? `\n${error.hint}` : ""}`);
  process.exit(1);
});

async function start(paths: HomePaths, isForeground: boolean): Promise<void> {
  process.umask(0o077);
  const startDirectory = leaveDirectory();
  scrubEnvironment(startDirectory);
  prepareHome(paths.home);
  const lock = lockHome(paths);
  const file = new RotatingFile(
    paths.log,
    undefined,
    isForeground && process.stderr.isTTY ? (line) => process.stderr.write(line) : undefined,
  );
  const log = await openLog(file);
  dieLoudly(log, file);
  let warning: string | null = null;
  try {
    warning = await serve(paths, lock, log);
  } catch (err) {
    log.error({ err }, "the daemon cannot start");
    throw err;
  }
  if (isForeground && warning !== null) console.error(warning);
  report.ready(warning);
}

/** What makes room is asked of a daemon: where there is none to start in, it takes that which is kept for removing. */
function lockHome(paths: HomePaths): HomeLock {
  const reserve = new Reserve(paths.reserve, paths.home);
  try {
    const lock = new HomeLock(paths.lock);
    reserve.lend();
    return lock;
  } catch (error) {
    if (asOvermindError(error).code !== "disk_full") throw error;
    reserve.free();
    return new HomeLock(paths.lock);
  }
}

/** Recovery first, then the door: a client never sees a half-known world. Answers what its starter should know. */
async function serve(paths: HomePaths, lock: HomeLock, log: DaemonLog): Promise<string | null> {
  const [{ openSupervisor }, { loadCommands }, { Server }, { watchHome }] = await Promise.all([
    import("./supervisor/open-supervisor.ts"),
    import("./commands/index.ts"),
    import("./server/server.ts"),
    import("./server/home-watch.ts"),
  ]);
  let isLeaving = false;
  const leave = async (why: string): Promise<void> => {
    if (isLeaving) return;
    isLeaving = true;
    // Agents do not need us: whatever hangs is left behind.
    setTimeout(() => process.exit(1), longestLeaveMs);
    log.info({ why }, "the daemon ends; agents go on");
    unwatch();
    await server.close();
    FAULT: faultPoint("amid_shutdown");
    await home.close();
    lock.release();
    process.exit(0);
  };
  const home = await openSupervisor({
    paths,
    clock: systemClock,
    version,
    log,
    onShutdown: () => void leave("shutdown was asked for"),
  });
  const server = new Server({ paths, commands: await loadCommands(), daemon: home.desk, log });
  await server.listen();
  const database = { inode: inodeOf(paths.database) };
  const parts = {
    "the lock file": lock,
    "the socket": server,
    "the database": {
      get isOurs() {
        return inodeOf(paths.database) === database.inode;
      },
    },
  };
  const unwatch = watchHome(parts, (part) => {
    // Another daemon may own the agents by now: nothing of them is touched on the way out.
    log.error({ part }, "somebody replaced a file of the home; the daemon leaves it");
    process.exit(1);
  });
  process.on("SIGTERM", () => void leave("SIGTERM"));
  process.on("SIGINT", () => void leave("SIGINT"));
  process.on("SIGHUP", () => {});
  log.info({ pid: process.pid, version, home: paths.home }, "the daemon is ready");
  return warningOf(home.desk.status());
}

function warningOf({ config_error, database_lost }: DaemonStatus): string | null {
  const config = config_error && `config.toml is broken, and the daemon started with the last good one: ${config_error}`;
  const lines = [config, database_lost && `Warning: ${lossText(database_lost)}`].filter((line) => line !== null);
  return lines.length === 0 ? null : lines.join("\n");
}

/** Goes to `/`, so that no file system is held; answers where it was, the directory of missions that name none. */
function leaveDirectory(): string {
  let directory = "/";
  try {
    directory = process.cwd();
  } catch {
    // It was removed.
  }
  process.chdir("/");
  return directory;
}

// Started from inside a mission, the daemon must not look like a part of it.
function scrubEnvironment(startDirectory: string): void {
  for (const name of ["OVERMIND_MISSION_ID", "OVERMIND_MISSION_NAME", "OVERMIND_ATTEMPT", "OVERMIND_DAEMON", "OVERMIND_HOME"])
    delete process.env[name];
  process.env["PWD"] = startDirectory;
}

async function openLog(file: RotatingFile): Promise<DaemonLog> {
  const { default: pino } = await import("pino");
  const log: DaemonLog = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, level: "info" }, file);
  return log;
}

/** A defect ends the daemon at once: agents live on, and the next one adopts them from a sound state. */
function dieLoudly(log: DaemonLog, file: RotatingFile): void {
  const die = (err: unknown) => {
    log.error({ err }, "the daemon failed and ends; agents go on");
    report.failed(err instanceof OvermindError ? err : asOvermindError(err));
    file.close();
    process.exit(1);
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
}
