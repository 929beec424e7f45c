import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { LineSplitter } from "../base/lines.ts";

/**
 * The reading end of the FIFO through which shims, also those of former daemons, tell what
 * happened. Opened for reading and writing, so that it never ends when the last shim closes it.
 */
export class FactsChannel {
  readonly #socket: Socket;

  constructor(path: string, onLines: (lines: Iterable<Buffer>) => void, onError: (error: Error) => void) {
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const lines = new LineSplitter();
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on("error", onError);
    this.#socket.on("data", (bytes: Buffer) => onLines(lines.push(bytes)));
  }

  close(): void {
    this.#socket.destroy();
  }
}
