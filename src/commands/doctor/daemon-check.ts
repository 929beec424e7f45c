import { version } from "../../base/version.ts";
import type { CommandLineContext } from "../command-line-context.ts";
import type { Finding } from "./finding.ts";

export async function findDaemon(context: CommandLineContext): Promise<Finding> {
  try {
    const hello = (await context.connectIfRunning())?.hello;
    if (hello === undefined) return { state: "ok", says: "not running; the next command starts it" };
    if (hello.version === version) return { state: "ok", says: `${hello.version}, pid ${hello.pid}` };
    return { state: "warn", says: `${hello.version} runs, this command is ${version}`, fix: "overmind start --replace" };
  } catch (error) {
    return { state: "fail", says: (error as Error).message, fix: `See ${context.paths.log}` };
  }
}
