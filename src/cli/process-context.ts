import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { HomePaths } from "../base/paths.ts";
import { homePaths } from "../base/paths.ts";
import { version } from "../base/version.ts";
import { isNotRunning } from "../client/failures.ts";
import { OvermindClient } from "../client/overmind-client.ts";
import type { CommandLineContext, Requester } from "../commands/command-line-context.ts";
import { isOlder } from "./is-older.ts";
import type { ProcessScreen } from "./process-screen.ts";

/** What commands get of this process. */
export class ProcessContext implements CommandLineContext {
  readonly paths: HomePaths;
  readonly screen: ProcessScreen;
  readonly environment: NodeJS.ProcessEnv;
  readonly autostart: boolean;
  #client: Promise<OvermindClient> | undefined;
  #hasWarned = false;

  /** @throws OvermindError home_unusable */
  constructor(screen: ProcessScreen, autostart: boolean) {
    this.screen = screen;
    this.environment = process.env;
    this.autostart = autostart;
    this.paths = homePaths(process.env);
  }

  get stdin(): NodeJS.ReadStream {
    return process.stdin;
  }

  connect(): Promise<Requester> {
    this.#client ??= this.#open(this.autostart);
    return this.#client;
  }

  async connectIfRunning(): Promise<Requester | null> {
    try {
      return await this.#open(false);
    } catch (error) {
      if (isNotRunning(error)) return null;
      throw error;
    }
  }

  disconnect(): void {
    this.#client = undefined;
  }

  /** The daemon's program takes this process over: its exit is the daemon's. */
  async runDaemonHere(): Promise<number> {
    process.argv.splice(2, Number.POSITIVE_INFINITY, "--foreground");
    createRequire(import.meta.url)("../bin/daemon.js");
    return new Promise(() => {});
  }

  async runChaos(words: readonly string[]): Promise<number> {
    const entry = fileURLToPath(new URL("./chaos.js", import.meta.url));
    const child = spawn(process.execPath, [entry, ...words], { stdio: ["ignore", "inherit", "inherit"] });
    // It ends what it started before it ends itself.
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => child.kill(name));
    const [code] = await once(child, "exit");
    return code ?? 125;
  }

  async #open(autostart: boolean): Promise<OvermindClient> {
    const client = await OvermindClient.open({
      paths: this.paths,
      autostart,
      onWarning: (text) => this.screen.say(text),
    });
    if (!this.#hasWarned && isOlder(client.hello.version, version)) {
      this.#hasWarned = true;
      this.screen.say(
        `The daemon is version ${client.hello.version}, this command is ${version}. Let the new one take over: overmind start --replace`,
      );
    }
    return client;
  }
}
