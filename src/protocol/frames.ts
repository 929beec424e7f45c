import { isUtf8 } from "node:buffer";
import { OvermindError } from "../base/errors.ts";
import type { Request, RequestId } from "./messages.ts";
import { wireError } from "./wire-error.ts";

/** Bytes a request may have, its newline not counted. Replies have no limit. */
export const maxRequestBytes = 8 * 1024 * 1024;

/** What one line of a client turned out to be. `id` is there when the line had a usable one. */
export type Frame = { readonly request: Request } | { readonly error: OvermindError; readonly id?: RequestId };

const newline = 10;

/**
 * Cuts a client's bytes into requests: `push` what came, then ask `next` until it has no more.
 * Pulling lets the reader stop in the middle of a chunk. An oversized line is reported once, as
 * soon as it is known to be one, and dropped up to its newline; never more than the limit is held.
 */
export class FrameDecoder {
  readonly #limit: number;
  readonly #incoming: Buffer[] = [];
  #held: Buffer = Buffer.alloc(0);
  #heldBytes = 0;
  #isDropping = false;
  #hasEnded = false;

  constructor(limit: number = maxRequestBytes) {
    this.#limit = limit;
  }

  push(bytes: Buffer): void {
    this.#incoming.push(bytes);
  }

  /** No more bytes come: an unterminated last line counts as a request. */
  end(): void {
    this.#hasEnded = true;
  }

  next(): Frame | undefined {
    for (let bytes = this.#incoming[0]; bytes !== undefined; bytes = this.#incoming[0]) {
      const frame = this.#step(bytes);
      if (frame) return frame;
    }
    return this.#hasEnded ? this.#readLine(Buffer.alloc(0)) : undefined;
  }

  #step(bytes: Buffer): Frame | undefined {
    const end = bytes.indexOf(newline);
    if (end === -1) {
      this.#incoming.shift();
      return this.#hold(bytes);
    }
    this.#incoming[0] = bytes.subarray(end + 1);
    if (!this.#isDropping) return this.#readLine(bytes.subarray(0, end));
    this.#isDropping = false;
    return undefined;
  }

  #hold(bytes: Buffer): Frame | undefined {
    if (this.#isDropping) return undefined;
    if (this.#heldBytes + bytes.length <= this.#limit) {
      this.#append(bytes);
      return undefined;
    }
    this.#forget();
    this.#isDropping = true;
    return { error: tooLarge(this.#limit) };
  }

  #readLine(tail: Buffer): Frame | undefined {
    if (this.#heldBytes + tail.length > this.#limit) {
      this.#forget();
      return { error: tooLarge(this.#limit) };
    }
    if (this.#heldBytes === 0) return readFrame(tail);
    this.#append(tail);
    const line = this.#held.subarray(0, this.#heldBytes);
    this.#forget();
    return readFrame(line);
  }

  // One growing buffer: a list of chunks would cost far more than its bytes when they come one by one.
  #append(bytes: Buffer): void {
    const needed = this.#heldBytes + bytes.length;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#limit, Math.max(4096, needed, this.#held.length * 2)));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #forget(): void {
    this.#held = Buffer.alloc(0);
    this.#heldBytes = 0;
  }
}

/** One request line. */
export function encodeRequest(request: Request): string {
  return `${JSON.stringify({ cmd: request.cmd, args: request.args, id: request.id })}\n`;
}

/**
 * A good reply: compact, `ok` first, as shell clients that parse with sed rely on. Absent is null.
 *
 * @param beside keys beside `ok`; they are told where there is an id
 */
export function encodeOk(value: unknown, id?: RequestId, beside: Readonly<Record<string, unknown>> = {}): string {
  const more = id === undefined || Object.keys(beside).length === 0 ? "" : `,${JSON.stringify(beside).slice(1, -1)}`;
  return `{"ok":${JSON.stringify(value) ?? "null"}${more}${idPart(id)}}\n`;
}

/** A bad reply: `error` first. */
export function encodeError(error: OvermindError, id?: RequestId): string {
  return `${JSON.stringify(wireError(error)).slice(0, -1)}${idPart(id)}}\n`;
}

/** One event of a stream; without an id it stands alone, as plain NDJSON. */
export function encodeEvent(event: unknown, id?: RequestId): string {
  const body = JSON.stringify(event) ?? "null";
  return id === undefined ? `${body}\n` : `{"id":${JSON.stringify(id)},"event":${body}}\n`;
}

function idPart(id: RequestId | undefined): string {
  return id === undefined ? "" : `,"id":${JSON.stringify(id)}`;
}

function readFrame(line: Buffer): Frame | undefined {
  if (line.every((byte) => byte === 32 || byte === 9 || byte === 13)) return undefined;
  if (!isUtf8(line)) return { error: new OvermindError("invalid_json", "the frame is not UTF-8") };
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch (cause) {
    // The parser's own message quotes the frame, which may hold secrets.
    return { error: new OvermindError("invalid_json", "the frame is not JSON", { cause }) };
  }
  return readRequest(value);
}

function readRequest(value: unknown): Frame {
  if (!isObject(value)) return { error: invalidRequest("a request is a JSON object") };
  const { cmd, args = {}, id } = value;
  if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number") {
    return { error: invalidRequest("`id` is a string or a number") };
  }
  const name = id === undefined || id === null ? {} : { id };
  if (typeof cmd !== "string" || cmd === "") return { error: invalidRequest("`cmd` is missing"), ...name };
  if (args !== null && !isObject(args)) return { error: invalidRequest("`args` is an object"), ...name };
  return { request: { cmd, args: args ?? {}, ...name } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalidRequest(expected: string): OvermindError {
  return new OvermindError("invalid_request", "invalid request", { details: { expected } });
}

function tooLarge(limit: number): OvermindError {
  return new OvermindError("frame_too_large", `a request may have ${limit} bytes`, { details: { limit } });
}
