import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { OvermindError } from "../base/errors.ts";

/**
 * Writes to the FIFO that is an agent's stdin. It goes through a socket, not through `fs.write`: a
 * write to a full FIFO would block one of libuv's few threads until the agent reads.
 */
export class StdinWriter {
  readonly #path: string;
  #socket: Socket | null = null;
  #isEnded = false;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Resolves when the agent's FIFO has taken the bytes.
   *
   * @throws OvermindError exited when nobody can read them: the agent ended, or its stdin was closed
   */
  async write(bytes: Buffer): Promise<void> {
    if (this.#isEnded) throw new OvermindError("exited", "the stdin of the agent was closed");
    const socket = this.#open();
    await new Promise<void>((resolve, reject) => {
      socket.write(bytes, (error) => {
        // Node calls back without an error for what was pending when the socket was destroyed.
        if (error || socket.destroyed)
          reject(new OvermindError("exited", "the agent does not read its stdin any more", { cause: error }));
        else resolve();
      });
    });
  }

  /** Resolves when all that was written has been taken and our end is closed. */
  async end(): Promise<void> {
    this.#isEnded = true;
    const socket = this.#socket;
    if (socket === null || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.end(() => socket.destroy());
    });
  }

  /** Lets go at once; what was not taken yet is lost. */
  destroy(): void {
    this.#isEnded = true;
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket !== null && !this.#socket.destroyed) return this.#socket;
    try {
      const fd = openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK);
      this.#socket = new Socket({ fd, readable: false, writable: true });
    } catch (error) {
      throw new OvermindError("exited", "the agent has no open stdin", { cause: error });
    }
    // Each write tells its own error.
    this.#socket.on("error", () => {});
    return this.#socket;
  }
}
