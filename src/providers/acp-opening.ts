import type {
  AgentCapabilities,
  AuthMethod,
  InitializeResponse,
  LoadSessionResponse,
  NewSessionResponse,
  SessionConfigOption,
} from "@agentclientprotocol/sdk";
import { version } from "../base/version.ts";
import { protocolVersion, request, setModel, type Told } from "./acp-protocol.ts";
import { asObject, type JsonObject, numberIn, objectIn, objectsIn, textIn } from "./fields.ts";
import type { RpcId } from "./json-rpc.ts";

/** Which conversation is to be opened, and how. */
export interface AcpWish {
  readonly resumes: string | null;
  readonly cwd: string;
  readonly model?: string | null;
  readonly mode?: string | null;
}

export interface OpeningIds {
  readonly initialize: string;
  readonly open: string;
  readonly resume: string;
}

const modeId = "overmind-mode";
const modelId = "overmind-model";

/**
 * From the greeting to the first message: `initialize`, then a session that is new, resumed or loaded, then
 * its model and mode.
 */
export class AcpOpening {
  readonly #wish: AcpWish;
  readonly #ids: OpeningIds;
  #sessionId: string | null = null;
  #isOpen = false;
  /** From going on with an old conversation to the first message: what is told then is not news. */
  #isReplaying = false;
  /** An old session is loaded: from then until the agent is known to have told all of it. */
  #isLoading = false;
  #authMethods: readonly string[] = [];

  constructor(wish: AcpWish, ids: OpeningIds) {
    this.#wish = wish;
    this.#ids = ids;
  }

  get sessionId(): string | null {
    return this.#sessionId;
  }

  /** Messages are taken. */
  get isReady(): boolean {
    return this.#sessionId !== null && !this.#isLoading;
  }

  /** What the agent tells of now happened before this attempt: before a session is open there is nothing else. */
  get tellsOfOld(): boolean {
    return this.#isReplaying || !this.#isOpen;
  }

  /** What the agent said it can be authenticated by, for people. */
  get authMethods(): readonly string[] {
    return this.#authMethods;
  }

  /** A client that lends no files and no terminal: agents that are offered those were seen to fail on files that do not exist yet. */
  greeting(): string {
    const clientInfo = { name: "overmind", title: "Overmind", version };
    return request(this.#ids.initialize, "initialize", { protocolVersion, clientCapabilities: {}, clientInfo });
  }

  /**
   * The version that the agent speaks instead of ours; null when it speaks ours or says nothing. Another one
   * is the end of it: a client closes the connection then.
   */
  otherVersion(result: Told<InitializeResponse>): number | null {
    const spoken = numberIn(result, "protocolVersion");
    return spoken === protocolVersion ? null : spoken;
  }

  /** Opens the wished session; null: the old one is wished, and the agent can neither resume nor load. */
  open(result: Told<InitializeResponse>): string | null {
    const abilities: Told<AgentCapabilities> = objectIn(result, "agentCapabilities");
    this.#authMethods = objectsIn(result, "authMethods").map(nameOfMethod);
    const { resumes, cwd } = this.#wish;
    if (resumes === null) return this.openNew();
    const place = { sessionId: resumes, cwd, mcpServers: [] };
    this.#isReplaying = true;
    if (canResume(abilities)) return request(this.#ids.resume, "session/resume", place);
    if (abilities.loadSession !== true) return null;
    this.#isLoading = true;
    return request(this.#ids.resume, "session/load", place);
  }

  openNew(): string {
    this.#isReplaying = false;
    this.#isLoading = false;
    return request(this.#ids.open, "session/new", { cwd: this.#wish.cwd, mcpServers: [] });
  }

  /** A session is open: chooses its model and mode. */
  opened(result: JsonObject, isResumed: boolean): readonly string[] {
    this.#isOpen = true;
    const session: Told<NewSessionResponse | LoadSessionResponse> = result;
    this.#sessionId = textIn(session, "sessionId") ?? (isResumed ? this.#wish.resumes : null);
    if (this.#sessionId === null) return [];
    const present = this.#isLoading ? textIn(objectIn(session, "modes"), "currentModeId") : null;
    const mode = this.#chooseMode(this.#sessionId, present);
    // Gemini goes on to tell of the old session when it has said that it is loaded, but reads nothing meanwhile:
    // what it answers to the next request comes after all that.
    this.#isLoading &&= mode.length > 0;
    return [...this.#chooseModel(this.#sessionId, objectsIn(session, "configOptions")), ...mode];
  }

  /** Another request of ours was answered. */
  answered(id: RpcId): void {
    if (id === modeId) this.#isLoading = false;
  }

  /** A message is written: what is told from now on is news. */
  messageSent(): void {
    this.#isReplaying = false;
  }

  #chooseModel(sessionId: string, options: readonly Told<SessionConfigOption>[]): string[] {
    const { model } = this.#wish;
    if (model === undefined || model === null) return [];
    const setting = options.find((one) => textIn(one, "category") === "model" || textIn(one, "id") === "model");
    if (setting === undefined) return [setModel(modelId, { sessionId, modelId: model })];
    const configId = textIn(setting, "id") ?? "model";
    return [request(modelId, "session/set_config_option", { sessionId, configId, value: model })];
  }

  /** @param present chosen again where no other is asked for; null: none */
  #chooseMode(sessionId: string, present: string | null): string[] {
    const mode = this.#wish.mode ?? present;
    return mode === null ? [] : [request(modeId, "session/set_mode", { sessionId, modeId: mode })];
  }
}

/** The ability is an object, also an empty one. */
const canResume = (abilities: Told<AgentCapabilities>): boolean =>
  asObject(objectIn(abilities, "sessionCapabilities")["resume"]) !== null;

function nameOfMethod(method: Told<AuthMethod>): string {
  const name = textIn(method, "name") ?? textIn(method, "id") ?? "unnamed";
  const description = textIn(method, "description");
  return description === null ? name : `${name} (${description})`;
}
