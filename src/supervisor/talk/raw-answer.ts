import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import { deferred } from "../../base/deferred.ts";
import { OvermindError } from "../../base/errors.ts";
import type { LiveMission } from "../live-mission.ts";
import type { SendOptions, TurnAnswer } from "./talks.ts";

const quietMs = 300;
const longestAnswerBytes = 16 * 1024 * 1024;

/**
 * Writes a line to a command and answers what it prints then. A command does not say when it is done:
 * its answer is over once it has printed something and then nothing for 300 ms, or ended, or when the
 * time is over.
 *
 * @throws OvermindError not_running; exited where it ended, timeout where the time passed, before it printed anything
 */
export async function answerOfCommand(mission: LiveMission, text: string, options: SendOptions): Promise<TurnAnswer> {
  const { attempt, output } = mission;
  if (attempt === null || output === null) throw new OvermindError("not_running");
  const startedAt = performance.now();
  const path = mission.paths.attempt(attempt.number).output;
  const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const before = size();
  const { promise, resolve, reject } = deferred();
  let quiet: NodeJS.Timeout | undefined;
  const grew = () => {
    if (size() <= before) return;
    clearTimeout(quiet);
    quiet = setTimeout(resolve, quietMs);
  };
  const over = (code: "timeout" | "exited") => () => (size() > before ? resolve() : reject(new OvermindError(code)));
  const late = setTimeout(over("timeout"), options.timeoutMs);
  const ended = over("exited");
  const stops = [output.follow(), output.onGrew(grew), mission.onChange(() => mission.attempt !== attempt && ended())];
  const aborted = () => reject(options.signal.reason);
  options.signal.addEventListener("abort", aborted);
  try {
    await Promise.all([attempt.writeStdin(Buffer.from(`${text}\n`)), promise]);
    const answer = await readFrom(path, before, size());
    const duration_ms = Math.round(performance.now() - startedAt);
    return { text: answer, duration_ms, cost_usd: null, is_error: false, error_text: null, delivery: "confirmed" };
  } finally {
    clearTimeout(quiet);
    clearTimeout(late);
    options.signal.removeEventListener("abort", aborted);
    for (const stop of stops) stop();
  }
}

async function readFrom(path: string, from: number, to: number): Promise<string> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(Math.min(to - from, longestAnswerBytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.toString("utf8", 0, bytesRead).replace(/\n$/, "");
  } finally {
    await file.close();
  }
}
