/** Every moment at which tests let the daemon die, and what is done by then and what is not. */
export const faultPoints = {
  after_files: "a mission's files are there, its row is not stored",
  after_intent: "a mission is stored, nothing of it was started",
  after_start_request: "its start was asked for, nothing is known of its process",
  before_commit: "a fact is written in a transaction that has not ended; the detail is the type of its event",
  after_commit: "it is stored, and nobody was told",
  after_end_noted: "a mission's end is noted beside the database, its row says nothing of it",
  after_removal: "a mission's row is gone, its files are there",
  amid_migration: "the schema is new, its number is the old one",
  before_rebuild: "a new database stands where one was lost, and holds no mission yet",
  amid_recovery: "some missions of the former daemon are taken up, others are not; the detail is a mission's name",
  after_answer_kept: "an answer to an agent is kept beside its output, no event tells of it",
  after_answer: "the answer is stored, and not written to the agent",
  after_message_kept: "a message to an agent is kept, and not written to it",
  after_message_sent: "the message is noted as written, and is not",
  after_move: "a pipeline's step is decided on, its mission is not made; the detail is the step",
  after_result_kept: "what a step left is kept, its end is not stored; the detail is the step",
  before_blueprint_change: "a changed blueprint lies beside the one that is followed, and is not decided on",
  after_blueprint_change: "it is decided on, and not taken up",
  after_hook: "a hook has run, its cursor stands before the event",
  after_pool: "a pool is stored, the file beside the database does not know it",
  amid_shutdown: "nobody is answered any more, the database is open",
} as const;

export type FaultPoint = keyof typeof faultPoints;

let armed = "";

/** @param word a point's name, or `name:detail` where only one of its details is meant */
export function armFaultPoint(word: string | undefined): void {
  armed = word ?? "";
}

/**
 * Where tests make the daemon die as if by `kill -9`. Calls stand behind the label FAULT, with which the build
 * leaves them out of what is shipped.
 */
export function faultPoint(name: FaultPoint, ...details: readonly string[]): void {
  if (armed === name || details.some((detail) => armed === `${name}:${detail}`)) process.kill(process.pid, "SIGKILL");
}
