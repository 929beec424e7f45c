import type { Socket } from "node:net";
import type { DaemonLog } from "../base/daemon-log.ts";
import { asOvermindError, OvermindError } from "../base/errors.ts";
import { encodeError, encodeOk, type Frame, FrameDecoder } from "../protocol/frames.ts";
import type { Request, RequestId } from "../protocol/messages.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import { type Answer, type EndOfCall, OpenCall } from "./open-call.ts";
import { Outbox } from "./outbox.ts";
import type { Dispatch } from "./registry.ts";

export interface ConnectionPorts {
  readonly dispatch: Dispatch;
  readonly log: DaemonLog;
  readonly limits: ConnectionLimits;
}

/** Milliseconds a peer has to take the last words before its connection is destroyed. */
const lingerMs = 2000;

/**
 * One client. Until a request with an id comes it is in the one-request style: the first request
 * (or the first broken frame) is answered, then the connection closes. With ids it stays open, is
 * pipelined, and its end of file cancels what still runs.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #ports: ConnectionPorts;
  readonly #outbox: Outbox;
  readonly #decoder = new FrameDecoder();
  readonly #calls = new Map<RequestId, OpenCall>();
  #single: OpenCall | undefined;
  #hasIds = false;
  /** No more requests are taken: what comes is read and dropped. */
  #isClosing = false;
  #isCut = false;
  #probe: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  readonly #runs = new Set<Promise<void>>();

  constructor(socket: Socket, ports: ConnectionPorts) {
    this.#socket = socket;
    this.#ports = ports;
    this.#outbox = new Outbox(socket, () => this.#read());
    socket.on("data", (bytes) => this.#received(bytes));
    socket.on("end", () => this.#endOfInput());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#closed());
  }

  /** Answers what can be answered, tells the others that the daemon goes, and closes. */
  async leave(): Promise<void> {
    this.#endCalls("shutting_down");
    // A reply that is being made now, that of `shutdown` above all, gets a moment to come out.
    await Promise.race([Promise.all(this.#runs), pause(500)]);
    this.#close();
    await Promise.race([this.#outbox.flushed(), pause(500)]);
    this.#socket.destroy();
  }

  #received(bytes: Buffer): void {
    if (this.#isClosing) return;
    this.#decoder.push(bytes);
    this.#read();
  }

  #read(): void {
    while (!this.#isClosing && this.#hasRoom()) {
      const frame = this.#decoder.next();
      if (frame === undefined) break;
      this.#take(frame);
    }
    if (this.#isClosing || this.#hasRoom()) this.#socket.resume();
    else this.#socket.pause();
  }

  #hasRoom(): boolean {
    return this.#calls.size < this.#ports.limits.calls && this.#outbox.bytes <= this.#ports.limits.pauseBytes;
  }

  #take(frame: Frame): void {
    const id = "request" in frame ? frame.request.id : frame.id;
    if (id !== undefined) this.#hasIds = true;
    if ("error" in frame) {
      this.#send(encodeError(frame.error, id));
      if (!this.#hasIds) this.#closeGently();
    } else if (id === undefined) this.#answerSingle(frame.request);
    else this.#answer(frame.request, id);
  }

  #answerSingle(request: Request): void {
    this.#isClosing = true;
    const call = this.#open(request);
    this.#single = call;
    this.#start(request, call, () => {
      this.#single = undefined;
      this.#close();
    });
  }

  #answer(request: Request, id: RequestId): void {
    if (request.cmd === "cancel") this.#send(encodeOk(this.#cancel(request.args["id"]), id));
    else if (this.#calls.has(id)) this.#send(encodeError(idInUse(), id));
    else this.#answerWithId(request, id);
  }

  #answerWithId(request: Request, id: RequestId): void {
    const call = this.#open(request);
    this.#calls.set(id, call);
    this.#start(request, call, () => {
      this.#calls.delete(id);
      this.#read();
      if (this.#calls.size === 0 && this.#socket.readableEnded) this.#close();
    });
  }

  #open(request: Request): OpenCall {
    const send = (line: string) => this.#send(line);
    return new OpenCall(request, { send, room: () => this.#outbox.room() });
  }

  #start(request: Request, call: OpenCall, ended: () => void): void {
    // Noted before it begins: a command that closes the server, as `shutdown` does, is waited for.
    let finished = () => {};
    const run = new Promise<void>((resolve) => {
      finished = resolve;
    });
    this.#runs.add(run);
    void this.#run(request, call).then(() => {
      this.#runs.delete(run);
      finished();
      ended();
    });
  }

  #cancel(id: unknown): boolean {
    const call = this.#calls.get(id as RequestId);
    call?.end("cancelled");
    return call !== undefined;
  }

  async #run(request: Request, call: OpenCall): Promise<void> {
    let answer: Answer;
    try {
      // An id-less connection has nothing to cancel.
      answer = request.cmd === "cancel" ? { ok: false } : call.answerTo(await this.#ports.dispatch(request, call));
      if (answer !== "silent" && "ok" in answer) {
        // Within the try: a value that JSON cannot hold is a failure of the command.
        this.#send(encodeOk(answer.ok, call.id, call.beside));
        return;
      }
    } catch (thrown) {
      answer = call.answerToThrown(thrown);
    }
    if (answer === "silent") return;
    if ("ok" in answer) this.#send(encodeOk(answer.ok, call.id));
    else this.#refuse(request, answer.error, call.id);
  }

  #refuse(request: Request, thrown: unknown, id: RequestId | undefined): void {
    const error = asOvermindError(thrown);
    if (error.code === "internal") this.#ports.log.error({ err: thrown, cmd: request.cmd }, "a request failed");
    this.#send(encodeError(error, id));
  }

  #send(line: string): void {
    if (this.#isCut) return;
    const { cutBytes } = this.#ports.limits;
    if (this.#outbox.bytes > cutBytes * 4) {
      this.#cutOff();
      return;
    }
    this.#outbox.send(line);
    if (this.#outbox.bytes > cutBytes) this.#watchReader();
  }

  // A burst of answers may be large though its reader is quick: only who takes nothing is cut off.
  #watchReader(): void {
    if (this.#patience) return;
    const takenBefore = this.#outbox.taken;
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      if (this.#isCut || this.#outbox.bytes <= this.#ports.limits.cutBytes) return;
      if (this.#outbox.taken === takenBefore) this.#cutOff();
      else this.#watchReader();
    }, this.#ports.limits.patienceMs);
    this.#patience.unref();
  }

  #cutOff(): void {
    const { cutBytes } = this.#ports.limits;
    const error = new OvermindError("slow_reader", "the client does not read its replies", { details: { limit: cutBytes } });
    this.#ports.log.warn({ bytes: this.#outbox.bytes }, "a client that does not read its replies is cut off");
    this.#outbox.dropQueued();
    this.#outbox.send(encodeError(error));
    this.#isCut = true;
    this.#endCalls("gone");
    this.#close();
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
  }

  /** With ids the end of input cancels everything; without, it only says that no more requests come. */
  #endOfInput(): void {
    if (this.#isClosing) {
      if (this.#single) this.#probePeer();
      return;
    }
    this.#decoder.end();
    this.#read();
    if (this.#single) {
      this.#probePeer();
      return;
    }
    this.#endCalls("gone");
    if (this.#calls.size === 0) this.#close();
  }

  // After its end of input nothing tells a client that half-closed from one that has gone, except
  // that writing fails with EPIPE, also when there is nothing to write.
  #probePeer(): void {
    this.#probe ??= setInterval(() => this.#socket.write(Buffer.alloc(0)), this.#ports.limits.probeMs);
    this.#probe.unref();
  }

  #endCalls(by: EndOfCall): void {
    for (const call of this.#openCalls()) call.end(by);
  }

  #openCalls(): OpenCall[] {
    return this.#single ? [this.#single, ...this.#calls.values()] : [...this.#calls.values()];
  }

  /** Closes once everything is written, however long the peer takes to read it. */
  #close(): void {
    this.#isClosing = true;
    void this.#outbox.flushed().then(() => this.#socket.end(() => this.#socket.destroy()));
  }

  /** As `#close`, but reads on until the peer has sent all: closing on unread bytes would reset it. */
  #closeGently(): void {
    this.#isClosing = true;
    void this.#outbox.flushed().then(() => {
      this.#socket.end();
      setTimeout(() => this.#socket.destroy(), lingerMs).unref();
    });
  }

  #closed(): void {
    this.#isClosing = true;
    clearInterval(this.#probe);
    clearTimeout(this.#patience);
    this.#outbox.close();
    this.#endCalls("gone");
  }
}

function idInUse(): OvermindError {
  return new OvermindError("invalid_request", "invalid request", { details: { expected: "an `id` that is not in use" } });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
