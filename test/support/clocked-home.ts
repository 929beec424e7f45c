import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDirectory, type Home, startHome } from "./home.ts";
import { until } from "./until.ts";

/** A home whose daemon has a wall clock that the test sets. Agents have the true one. */
export interface ClockedHome {
  readonly home: Home;
  /** Kills the daemon and starts the next one under a clock so far from the true one. */
  nextDaemon(days: number): Promise<void>;
  /** Sets the daemon's wall clock so far from the true time, and waits until it shows. */
  jump(days: number): Promise<void>;
}

/** Debian's package faketime, where it is installed. */
const library = ["/usr/lib", "/usr/lib64", "/usr/local/lib"]
  .flatMap((place) => (existsSync(place) ? [place, ...readdirSync(place).map((name) => join(place, name))] : []))
  .map((place) => join(place, "faketime/libfaketime.so.1"))
  .find((path) => existsSync(path));

/** Where the checks run, a missing faketime is a failure, not a reason to look away. */
export const canFakeClock = library !== undefined || process.env["CI"] !== undefined;

/** Starts a daemon that reads its wall clock through libfaketime, as a file says. */
export async function homeWithClock(): Promise<ClockedHome> {
  const at = freshDirectory();
  const file = join(at, "faketime");
  mkdirSync(at, { recursive: true });
  writeFileSync(file, "+0");
  const home = startHome({ at });
  const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  const start = async () => {
    const { code, stderr } = await home.run(["start"], { env });
    if (code !== 0) throw new Error(stderr);
  };
  const isAt = async (days: number) => {
    const shown = Date.parse((await home.ask("top", { once: true })).time);
    return Math.abs(shown - Date.now() - days * 86_400_000) < 60_000;
  };
  await start();
  return {
    home,
    async nextDaemon(days: number) {
      await home.killDaemon();
      writeFileSync(file, offset(days));
      await start();
      if (!(await isAt(days))) throw new Error("the next daemon does not have the clock that was set");
    },
    async jump(days: number) {
      writeFileSync(file, offset(days));
      await until("the daemon's clock to jump", () => isAt(days));
    },
  };
}

const offset = (days: number) => (days < 0 ? `${days}d` : `+${days}d`);
