import { homePaths } from "../base/paths.ts";
import { OvermindClient } from "./overmind-client.ts";

export interface ConnectOptions {
  /** The daemon's home; default `$OVERMIND_HOME`, else `~/.overmind`. */
  readonly home?: string;
  /** Whether a daemon is started when none runs; default true. */
  readonly autostart?: boolean;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to the daemon of a home, which is started when none runs.
 *
 * @throws OvermindError unreachable (no daemon, or one that does not answer), home_unusable
 * @example
 * const overmind = await connect();
 * const { id } = await overmind.run({ command: "npm test", restart: "on_failure" });
 * for await (const { text } of overmind.followLogs(id)) process.stdout.write(text);
 * const { status, exit_code } = await overmind.wait(id);
 * overmind.close();
 */
export function connect({ home, autostart = true, signal }: ConnectOptions = {}): Promise<OvermindClient> {
  const paths = homePaths(home === undefined ? process.env : { ...process.env, OVERMIND_HOME: home });
  return OvermindClient.open({ paths, autostart }, signal);
}
