import { randomUUID } from "node:crypto";
import type { ReaderState } from "../../providers/conversation.ts";
import type { Usage } from "../../providers/normalised-event.ts";
import type { AgentCommand, AgentRequest, Provider } from "../../providers/provider.ts";
import { noUsage } from "../../providers/usage.ts";
import type { LiveMission } from "../live-mission.ts";
import { firstCommand } from "./agent-admission.ts";
import { agentProgram } from "./agent-program.ts";
import { couldNotResume, hasPrompt, resumedBy } from "./resume-rule.ts";
import { countersSoFar } from "./talk-counters.ts";
import type { TalkFile, TalkRecord } from "./talk-file.ts";

export type Begin = TalkRecord & { readonly did: "begin" };

/** Which conversation each attempt of a mission's agent goes on with. */
export class Course {
  readonly #mission: LiveMission;
  readonly #request: AgentRequest;
  readonly #provider: Provider;
  readonly #memory: TalkFile;
  #begin: Begin | null = null;

  constructor(mission: LiveMission, request: AgentRequest, provider: Provider, memory: TalkFile) {
    this.#mission = mission;
    this.#request = request;
    this.#provider = provider;
    this.#memory = memory;
  }

  /** How the present attempt began; null before the first. */
  get begin(): Begin | null {
    return this.#begin;
  }

  /** The command of an attempt; a later one goes on with the conversation, where that is known. */
  command(attempt: number): AgentCommand {
    const { kind } = this.#provider;
    const program = agentProgram(kind, this.#mission.paths.environment, this.#request.cwd);
    const request = program === null ? this.#request : { ...this.#request, program };
    if (attempt === 1) return firstCommand(request, kind);
    const resumes = this.#resumedBy(attempt);
    if (resumes !== null) return this.#provider.resumeCommand(request, resumes);
    // An id that an attempt may have used is not taken again.
    const sessionId = request.sessionId === null ? null : randomUUID();
    return firstCommand({ ...request, sessionId }, kind);
  }

  /** An attempt begins, with the command of that name. Stored. */
  begins(attempt: number): void {
    const resumes = this.#resumedBy(attempt);
    const counters = resumes === null ? null : countersSoFar(this.#memory.records());
    this.#begin = { did: "begin", attempt, before: usageOf(this.#mission), counters, resumes };
    this.#memory.add(this.#begin);
    if (resumes === null && this.#mission.row.session_id !== null) this.noteNew("fresh");
  }

  /** A former daemon began an attempt. Answers what it did in it, and with which command. */
  wasBegun(attempt: number): { readonly records: readonly TalkRecord[]; readonly command: AgentCommand } {
    const records = this.#memory.records().filter((record) => "attempt" in record && record.attempt === attempt);
    this.#begin = records.find((record): record is Begin => record.did === "begin") ?? null;
    const resumes = this.#begin?.resumes ?? null;
    const command =
      resumes === null ? firstCommand(this.#request, this.#provider.kind) : this.#provider.resumeCommand(this.#request, resumes);
    return { records, command };
  }

  /** Whether the agent has to be told its prompt: of a session only once, because the conversation remembers it. */
  get lacksPrompt(): boolean {
    return this.#request.type === "task" || !hasPrompt(this.#memory.records());
  }

  /** Whether the attempt could not go on with what it was to go on with. */
  isLost({ turns, outcome }: ReaderState): boolean {
    return couldNotResume(this.#begin?.resumes ?? null, turns, outcome?.error?.message ?? null);
  }

  /** The agent has no such conversation any more: the next attempt does not ask for it again. */
  giveUp(): void {
    this.#memory.add({ did: "fresh", isAsked: false });
    this.noteNew("resume_failed");
  }

  /** The agent says which conversation it holds. */
  isNamed(attempt: number, { sessionId, model }: Pick<ReaderState, "sessionId" | "model">): void {
    if (sessionId === null || sessionId === this.#mission.row.session_id) return;
    this.#mission.note({ type: "mission.session", attempt, session_id: sessionId, model });
  }

  /** A new conversation begins. */
  noteNew(because: "resume_failed" | "fresh"): void {
    const { row } = this.#mission;
    this.#mission.note({ type: "mission.conversation", attempt: row.attempt, because, former: row.session_id });
  }

  #resumedBy(attempt: number): string | null {
    const { resume } = this.#provider.capabilities;
    return resume ? resumedBy(attempt, this.#memory.records(), this.#mission.row.session_id) : null;
  }
}

const usageOf = ({ row }: LiveMission): Usage => ({ ...noUsage, ...row.usage });
