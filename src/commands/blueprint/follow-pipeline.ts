import type { WaitResult } from "../../protocol/mission.ts";
import type { CommandLineContext, Requester } from "../command-line-context.ts";
import { printLog } from "../log/print-log.ts";
import { unlessInterrupted } from "../outcome/interrupted.ts";
import { reportEnd } from "../outcome/report-end.ts";

/** Flags of what begins a pipeline. */
export const followFlags = {
  follow: { kind: "boolean", short: "f", summary: "show the pipeline's log, then exit as wait does" },
  wait: { kind: "boolean", summary: "block until it ends and exit with its code" },
  json: { kind: "boolean", summary: "answer as JSON" },
} as const;

export interface Begun {
  readonly id: string;
  readonly name: string;
  /** What a person is told, one line or several. */
  readonly line: string;
  /** The same for a program. */
  readonly asJson: object;
}

/** Tells that a pipeline goes; follows it or waits for it where that is wanted, and answers the exit code. */
export async function followPipeline(
  { screen }: CommandLineContext,
  client: Requester,
  { id, name, line, asJson }: Begun,
  { follow, wait, json }: { readonly follow: boolean; readonly wait: boolean; readonly json: boolean },
): Promise<number> {
  if (follow && !json) screen.say(line);
  else if (!json) await screen.line(line);
  else if (!wait && !follow) await screen.line(JSON.stringify(asJson));
  if (!wait && !follow) return 0;
  const hint = () => `Pipeline ${name} goes on. Back to it: overmind ${follow ? "logs -f" : "wait"} ${name}`;
  return unlessInterrupted(screen, hint, async () => {
    const shown = { timestamps: false, json, endLine: screen.isTerminal };
    if (follow) await printLog(client, id, { follow: true }, screen, shown);
    const result = await client.request<WaitResult>("wait", { id }, { resend: true });
    const code = await reportEnd(screen, result, { json, quiet: follow });
    if (code !== 0 && !follow && !json) screen.say(`What its agents did: overmind logs ${name}`);
    return code;
  });
}
