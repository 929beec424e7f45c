import { statSync } from "node:fs";
import { OvermindError } from "../../base/errors.ts";
import type { LiveMission } from "../live-mission.ts";
import { answerOfCommand } from "./raw-answer.ts";
import { TalkFile } from "./talk-file.ts";
import type { Delivery, SendOptions, TurnAnswer } from "./talks.ts";

// Enough to show what was sent; nobody writes it again.
const keptCharacters = 4000;

/** Ids of what was sent to a command. */
const sentTo = new WeakMap<LiveMission, Set<string>>();

/**
 * Writes a message to a command as one line of stdin, once: of one that is sent again nobody can say
 * whether it arrived.
 *
 * @throws OvermindError not_running, exited, timeout
 */
export async function sayToCommand(mission: LiveMission, text: string, options: SendOptions): Promise<Delivery | TurnAnswer> {
  const { attempt } = mission;
  if (attempt === null) throw new OvermindError("not_running");
  const memory = new TalkFile(mission.paths.directory);
  const known = sentTo.get(mission) ?? sentBefore(memory);
  sentTo.set(mission, known);
  if (known.has(options.id)) return "unconfirmed";
  known.add(options.id);
  const at = statSync(mission.paths.attempt(attempt.number).output, { throwIfNoEntry: false })?.size ?? 0;
  const kept = text.slice(0, keptCharacters);
  memory.add({ did: "send", attempt: attempt.number, id: options.id, at, time: Date.now(), text: kept });
  if (options.interrupt && attempt.signalGroup("SIGINT")) mission.noteSignal("SIGINT", options.by);
  if (options.wait) return answerOfCommand(mission, text, options);
  await attempt.writeStdin(Buffer.from(`${text}\n`));
  return "confirmed";
}

const sentBefore = (memory: TalkFile): Set<string> =>
  new Set(memory.records().flatMap((record) => (record.did === "send" ? [record.id] : [])));
