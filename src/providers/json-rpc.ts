import { asObject, type JsonObject, numberIn, objectIn, textIn } from "./fields.ts";

export type RpcId = string | number;

/** One JSON-RPC message, with or without its `jsonrpc` field (some agents leave it out). */
export type RpcMessage =
  | { readonly kind: "request"; readonly id: RpcId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "result"; readonly id: RpcId; readonly result: JsonObject }
  | { readonly kind: "error"; readonly id: RpcId; readonly error: RpcError };

export interface RpcError {
  readonly code: number | null;
  readonly message: string;
  readonly data: unknown;
}

/** The message in an object, or null when it is none. */
export function rpcMessage(object: JsonObject): RpcMessage | null {
  const id = rpcId(object["id"]);
  const method = textIn(object, "method");
  const params = objectIn(object, "params");
  if (method !== null) return id === null ? { kind: "notification", method, params } : { kind: "request", id, method, params };
  if (id === null) return null;
  const error = asObject(object["error"]);
  if (error === null) return Object.hasOwn(object, "result") ? { kind: "result", id, result: objectIn(object, "result") } : null;
  return {
    kind: "error",
    id,
    error: { code: numberIn(error, "code"), message: textIn(error, "message") ?? "error", data: error["data"] ?? null },
  };
}

export type RpcRequest = Extract<RpcMessage, { kind: "request" }>;

/** "There is no such method" (JSON-RPC 2.0, 5.1): an agent that got no answer would wait for ever. */
export const noSuchMethod = { code: -32601, message: "Method not found" };

const messagePrefix = "overmind-message-";

/** The id of the request that carries a message: whoever reads the output again knows by it which one is answered. */
export const requestIdOf = (messageId: string): string => messagePrefix + messageId;

/** The message that a request of this id carried; null when it carried none. */
export function messageIdOf(id: RpcId): string | null {
  return typeof id === "string" && id.startsWith(messagePrefix) ? id.slice(messagePrefix.length) : null;
}

function rpcId(value: unknown): RpcId | null {
  return typeof value === "string" || typeof value === "number" ? value : null;
}
