import type { Socket } from "node:net";
import { OvermindError } from "../base/errors.ts";
import { LineSplitter } from "../base/lines.ts";
import { encodeRequest, maxRequestBytes } from "../protocol/frames.ts";
import type { Request } from "../protocol/messages.ts";
import { errorFromWire, type WireError } from "../protocol/wire-error.ts";
import { EventQueue } from "./event-queue.ts";
import { connectionLost } from "./failures.ts";

/** Events a consumer may lag behind before the socket is not read any more. */
const lagLimit = 256;

export interface Revocable {
  /** Aborting takes the request back: a stream or a wait ends, a mission is never touched. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  event(event: unknown): void;
  answer(value: unknown): void;
  fail(error: unknown): void;
}

/**
 * One socket to the daemon: requests with ids, pipelined. It keeps the program alive only while
 * something is asked. A stream whose consumer lags stops the reading of the whole socket, so
 * whoever mixes streams and requests uses several connections (`ConnectionPool` does).
 */
export class Connection {
  readonly #socket: Socket;
  readonly #lines = new LineSplitter();
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #failure: OvermindError | undefined;

  /** @param socket connected */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.unref();
    socket.on("data", (bytes) => this.#received(bytes));
    socket.on("error", (error) => this.#fail(connectionLost(error)));
    socket.on("end", () => this.#fail(connectionLost()));
    socket.on("close", () => this.#fail(connectionLost()));
  }

  /** Requests not answered yet. */
  get pending(): number {
    return this.#pending.size;
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** One request, one answer; the daemon's errors are thrown as OvermindError. */
  request<Answer>(cmd: string, args: object = {}, { signal }: Revocable = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      let taken = () => {};
      const settle = (done: () => void) => {
        signal?.removeEventListener("abort", taken);
        done();
      };
      const id = this.#send(cmd, args, {
        event: () => {},
        answer: (value) => settle(() => resolve(value as Answer)),
        fail: (error) => settle(() => reject(error)),
      });
      taken = () => {
        this.#cancel(id);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", taken, { once: true });
    });
  }

  /** A stream: its events, then the final answer as the return value. Leaving the loop cancels it. */
  async *stream<Event>(cmd: string, args: object = {}, { signal }: Revocable = {}): AsyncGenerator<Event, unknown> {
    signal?.throwIfAborted();
    const queue = new EventQueue<Event>(
      lagLimit,
      () => this.#socket.pause(),
      () => this.#socket.resume(),
    );
    let isOver = false;
    const over = (tell: () => void) => {
      isOver = true;
      tell();
    };
    const id = this.#send(cmd, args, {
      event: (event) => queue.push(event as Event),
      answer: (value) => over(() => queue.finish(value)),
      fail: (error) => over(() => queue.fail(error)),
    });
    const taken = () => queue.fail(signal?.reason);
    signal?.addEventListener("abort", taken, { once: true });
    try {
      return yield* queue.drain();
    } finally {
      signal?.removeEventListener("abort", taken);
      if (!isOver) this.#cancel(id);
      this.#socket.resume();
    }
  }

  close(): void {
    this.#fail(new OvermindError("cancelled", "the client was closed"));
  }

  #send(cmd: string, args: object, pending: Pending): number {
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const line = encodeRequest({ cmd, args: args as Request["args"], id });
    const bytes = Buffer.byteLength(line) - 1;
    if (bytes > maxRequestBytes) {
      throw new OvermindError("frame_too_large", `a request may have ${maxRequestBytes} bytes, this one has ${bytes}`);
    }
    this.#pending.set(id, pending);
    this.#socket.ref();
    this.#socket.write(line);
    return id;
  }

  /** What still comes for the request is read and dropped. */
  #cancel(id: number): void {
    const dropped = this.#pending.get(id);
    if (!dropped || !this.isOpen) return;
    this.#pending.set(id, { event: () => {}, answer: () => {}, fail: () => {} });
    this.#socket.resume();
    this.#send("cancel", { id }, { event: () => {}, answer: () => {}, fail: () => {} });
  }

  #received(bytes: Buffer): void {
    try {
      for (const line of this.#lines.push(bytes)) this.#take(JSON.parse(line.toString("utf8")));
    } catch (cause) {
      this.#fail(new OvermindError("internal", "the daemon sent what is no reply", { cause }));
    }
  }

  #take(message: { id?: unknown; event?: unknown; ok?: unknown } & Partial<WireError>): void {
    const error = "error" in message ? errorFromWire(message) : undefined;
    const pending = this.#pending.get(message.id as number);
    // An error without an id is about the connection as a whole: the daemon is about to cut it.
    if (!pending) {
      if (error && message.id === undefined) this.#fail(error);
    } else if ("event" in message) pending.event(message.event);
    else this.#settle(message, pending, error);
  }

  #settle(message: { id?: unknown; ok?: unknown }, pending: Pending, error: OvermindError | undefined): void {
    this.#pending.delete(message.id as number);
    if (this.#pending.size === 0) this.#socket.unref();
    if (error) pending.fail(error);
    else pending.answer(message.ok);
  }

  #fail(error: OvermindError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#socket.destroy();
    for (const pending of this.#pending.values()) pending.fail(error);
    this.#pending.clear();
  }
}
