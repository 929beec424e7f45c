import type {
  AgentNotificationParamsByMethod,
  AgentRequestParamsByMethod,
  CLIENT_METHODS,
  ClientRequestResponsesByMethod,
  PROTOCOL_METHODS,
  PROTOCOL_VERSION,
} from "@agentclientprotocol/sdk";
import { lineOf } from "./agent-reader.ts";
import type { RpcId } from "./json-rpc.ts";

/*
 * The official SDK is here as types alone: every method and every field that is written is its own, or does
 * not compile. Its connection cannot stand in a daemon that reads output again: it counts its requests
 * instead of naming them, answers by itself what it reads, and takes 19 MB and a quarter of a second to load.
 */

/** What an agent sent where a `T` is due: any field may be missing or something else, and others may be there. */
export type Told<T> = { readonly [K in KeyOf<T>]?: unknown };
type KeyOf<T> = T extends unknown ? keyof T & string : never;

/** The version of the protocol that is spoken. */
export const protocolVersion: typeof PROTOCOL_VERSION = 1;

/** What is taken from an agent; every other method is refused or passed on as it is. */
export const clientMethod: Pick<typeof CLIENT_METHODS, "session_request_permission" | "session_update"> = {
  session_request_permission: "session/request_permission",
  session_update: "session/update",
};
export const protocolMethod: typeof PROTOCOL_METHODS = { cancel_request: "$/cancel_request" };

/** The error codes that mean more than their words (JSON-RPC 2.0 and the Agent Client Protocol). */
export const acpCode = { requestCancelled: -32800, authRequired: -32000 } as const;

/** A request of ours as a line. */
export function request<M extends keyof AgentRequestParamsByMethod>(
  id: string,
  method: M,
  params: AgentRequestParamsByMethod[M],
): string {
  return lineOf({ jsonrpc: "2.0", id, method, params });
}

/** `session/set_model` is of no version of the protocol, and what agents without settings know. */
export function setModel(id: string, params: { readonly sessionId: string; readonly modelId: string }): string {
  return lineOf({ jsonrpc: "2.0", id, method: "session/set_model", params });
}

export function notification<M extends keyof AgentNotificationParamsByMethod>(
  method: M,
  params: AgentNotificationParamsByMethod[M],
): string {
  return lineOf({ jsonrpc: "2.0", method, params });
}

/** The answer to a `session/request_permission`. */
export function permission(id: RpcId, result: ClientRequestResponsesByMethod["session/request_permission"]): string {
  return lineOf({ jsonrpc: "2.0", id, result });
}

/** The answer to a request that the agent took back. */
export function requestCancelled(id: RpcId): string {
  return lineOf({ jsonrpc: "2.0", id, error: { code: acpCode.requestCancelled, message: "Request cancelled" } });
}
