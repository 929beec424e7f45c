import { frameRequest } from "./zygote.ts";

interface AskedPunch {
  readonly request: Buffer;
  readonly done: (isDone: boolean) => void;
}

/** Has parts of files given back to the disk; the zygote does it, because Node has no call for that. */
export class HolePuncher {
  readonly #send: (request: Buffer) => void;
  readonly #waiting = new Map<number, AskedPunch>();
  #last = 0;
  #isClosed = false;

  constructor(send: (request: Buffer) => void) {
    this.#send = send;
  }

  /** Gives the first `length` bytes back; size and offsets stay. False where the system or the file system cannot. */
  punch(path: string, length: number): Promise<boolean> {
    if (process.platform !== "linux" || this.#isClosed) return Promise.resolve(false);
    this.#last += 1;
    const id = this.#last;
    const request = frameRequest(["punch", String(id), path, String(length)]);
    return new Promise((resolve) => {
      this.#waiting.set(id, { request, done: resolve });
      this.#send(request);
    });
  }

  /** A line of the zygote. False: it is not about a hole. */
  take(line: string): boolean {
    const [verb, id, isDone] = line.split(" ");
    if (verb !== "punched") return false;
    const punch = this.#waiting.get(Number(id));
    this.#waiting.delete(Number(id));
    punch?.done(isDone === "1");
    return true;
  }

  /** Another zygote stands. */
  sendAgain(): void {
    for (const { request } of this.#waiting.values()) this.#send(request);
  }

  /** No zygote can be had. */
  giveUp(): void {
    for (const { done } of this.#waiting.values()) done(false);
    this.#waiting.clear();
  }

  close(): void {
    this.#isClosed = true;
    this.giveUp();
  }
}
