import type { TalkRecord } from "./talk-file.ts";

/**
 * The conversation that the next attempt goes on with; null: it begins a new one.
 *
 * @param sessionId the mission's latest conversation, as far as it is known
 */
export function resumedBy(attempt: number, records: readonly TalkRecord[], sessionId: string | null): string | null {
  const began = records.findLastIndex(({ did }) => did === "begin");
  const fresh = records.findLastIndex(({ did }) => did === "fresh");
  return attempt === 1 || fresh > began ? null : sessionId;
}

/** Whether the conversation got its prompt: a new one that somebody asked for gets it again. */
export function hasPrompt(records: readonly TalkRecord[]): boolean {
  const asked = records.findLastIndex((record) => record.did === "fresh" && record.isAsked);
  return records.slice(asked + 1).some(({ did }) => did === "send");
}

// As claude says it on stdout; the others tell by their protocol, within the attempt.
const noConversation = /no conversation found/i;

/** Whether an attempt ended because there was nothing that it could have gone on with. */
export const couldNotResume = (resumes: string | null, turns: number, words: string | null): boolean =>
  resumes !== null && turns <= 1 && words !== null && noConversation.test(words);
