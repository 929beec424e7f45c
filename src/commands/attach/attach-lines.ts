import { createInterface } from "node:readline";
import { asOvermindError } from "../../base/errors.ts";
import type { WaitResult } from "../../protocol/mission.ts";
import type { AttachWay } from "../../supervisor/terminal-desk.ts";
import type { CommandLineContext, Requester } from "../command-line-context.ts";
import { printLog } from "../log/print-log.ts";
import { endSentence } from "../outcome/report-end.ts";

type LinesWay = AttachWay & { kind: "lines" };

const shownLines = 20;

/**
 * Shows a session's last lines and what follows, and sends it each line typed, until the input ends, Ctrl-C,
 * or the mission's end. Answers 0 and says which; the mission goes on unless it ended.
 */
export async function attachLines(context: CommandLineContext, { id, name }: LinesWay): Promise<number> {
  const client = await context.connect();
  const leaving = new AbortController();
  const left = typedLines(context, client, id).then(() => "left" as const);
  const shown = show(client, id, context, leaving.signal).then(() => "ended" as const);
  const first = await Promise.race([left, shown, interrupted()]);
  if (first === "ended") {
    context.stdin.destroy();
    context.screen.say(endSentence(await client.request<WaitResult>("wait", { id }, { resend: true })));
    return 0;
  }
  leaving.abort();
  await shown.catch(() => undefined);
  context.stdin.destroy();
  context.screen.say(`Left ${name}; it goes on. Back to it: overmind attach ${name}`);
  return 0;
}

async function show(client: Requester, id: string, context: CommandLineContext, signal: AbortSignal): Promise<void> {
  const query = { follow: true, tail: shownLines };
  const options = { timestamps: false, json: false, endLine: context.screen.isTerminal, signal };
  try {
    await printLog(client, id, query, context.screen, options);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

/** Sends each line in turn; resolves at the end of the input. */
async function typedLines({ stdin, screen }: CommandLineContext, client: Requester, id: string): Promise<void> {
  for await (const message of createInterface({ input: stdin, terminal: false })) {
    try {
      await client.request("send", { id, message });
    } catch (thrown) {
      const { code, message: says } = asOvermindError(thrown);
      // Its end is told by whoever shows its output.
      if (code === "not_running" || code === "exited") return new Promise(() => {});
      screen.say(`not sent: ${says}`);
    }
  }
}

function interrupted(): Promise<"left"> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve("left"));
  });
}
