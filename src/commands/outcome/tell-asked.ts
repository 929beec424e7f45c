import { visible } from "../../base/text-width.ts";
import type { InboxChange } from "../../protocol/inbox.ts";
import type { Requester, Screen } from "../command-line-context.ts";

/** While `work` lasts, says what a mission asks of a person and how to answer it. */
export async function tellingAsked<Result>(
  client: Requester,
  id: string,
  screen: Screen,
  work: () => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const telling = tell(client, id, screen, over.signal);
  try {
    return await work();
  } finally {
    over.abort();
    await telling;
  }
}

async function tell(client: Requester, id: string, screen: Screen, signal: AbortSignal): Promise<void> {
  const args = { id, follow: true };
  const told = new Set<string>();
  try {
    for await (const change of client.stream<InboxChange>("inbox", args, { signal, resume: () => args })) {
      if (change.event !== "asked" || signal.aborted) continue;
      const key = JSON.stringify([change.request_id, change.asked_at]);
      if (told.has(key)) continue;
      told.add(key);
      screen.say(visible(`${change.name} asks: ${change.tool}: ${change.what}. To answer: ${change.hint}`));
    }
  } catch {
    // It was taken back, or the mission is gone; whoever waits for the mission hears of the rest.
  }
}
