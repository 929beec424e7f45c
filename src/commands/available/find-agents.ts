import { findProgram } from "../../base/find-program.ts";
import type { Provider } from "../../providers/provider.ts";
import { allProviders } from "../../providers/registry.ts";
import { tryProgram, versionIn } from "../doctor/programs.ts";

/** What a kind of agent can do, and its program where one is found. */
export interface AvailableAgent {
  readonly provider: string;
  /** False: its program is not on the PATH. */
  readonly available: boolean;
  /** Null: not found; the mission names it where `needs_command`. */
  readonly program: string | null;
  /** As far as its program tells one in time. */
  readonly version: string | null;
  readonly needs_command: boolean;
  readonly session: string | null;
  readonly resume: boolean;
  readonly streams: TaskAndSession;
  readonly asks: TaskAndSession;
  readonly interrupt: boolean;
  readonly confirms_messages: boolean;
  readonly queues_messages: boolean;
  readonly usage: string | null;
  readonly cost: boolean;
  readonly attach: boolean;
  readonly flags: readonly string[];
}

interface TaskAndSession {
  readonly task: boolean;
  readonly session: boolean;
}

/** Every kind of agent with what is found of it on this PATH; asks all programs for their versions at once. */
export function findAgents(path: string, cwd: string): Promise<AvailableAgent[]> {
  return Promise.all(allProviders.map((provider) => lookFor(provider, path, cwd)));
}

async function lookFor({ kind, capabilities }: Provider, path: string, cwd: string): Promise<AvailableAgent> {
  const { session, resume, streams, asks, interrupt, confirmsMessages, queuesMessages, usage, cost, attach, flags } =
    capabilities;
  const needs_command = capabilities.program === null;
  const program = capabilities.program === null ? null : findProgram(capabilities.program, path, cwd);
  const said = program === null ? null : versionIn(await tryProgram(program, ["--version"]));
  return {
    provider: kind,
    available: needs_command || program !== null,
    program,
    version: /\d+(\.\d+)+[\w.+-]*/.exec(said ?? "")?.[0] ?? null,
    needs_command,
    ...{ session, resume, streams, asks, interrupt },
    confirms_messages: confirmsMessages,
    queues_messages: queuesMessages,
    ...{ usage, cost, attach, flags },
  };
}
