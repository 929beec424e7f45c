// A bare connection to the daemon's socket: what the bench measures must not be its own client.
import { createConnection } from "node:net";

export class Wire {
  #socket;
  #waiting = new Map();
  #lastId = 0;
  #held = "";

  /** @returns {Promise<Wire>} */
  static open(path) {
    const wire = new Wire();
    wire.#socket = createConnection(path);
    wire.#socket.setEncoding("utf8");
    wire.#socket.on("data", (text) => wire.#read(text));
    wire.#socket.on("close", () => wire.#closed());
    return new Promise((resolve, reject) => {
      wire.#socket.once("connect", () => resolve(wire));
      wire.#socket.once("error", reject);
    });
  }

  /** The reply's `ok`; throws an Error with the `code` of a refusal. */
  request(cmd, args = {}) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ id, cmd, args })}\n`);
    });
  }

  /** Asks for a stream; `take` gets each event. */
  stream(cmd, args, take) {
    const id = ++this.#lastId;
    this.#waiting.set(id, { take, resolve: () => {}, reject: () => {} });
    this.#socket.write(`${JSON.stringify({ id, cmd, args })}\n`);
  }

  close() {
    this.#socket.destroy();
  }

  #read(text) {
    const lines = (this.#held + text).split("\n");
    this.#held = lines.pop();
    for (const line of lines) this.#take(JSON.parse(line));
  }

  #take({ id, ok, error, code, event }) {
    const waiting = this.#waiting.get(id);
    if (event !== undefined) return waiting?.take?.(event);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(ok);
    else waiting?.reject(Object.assign(new Error(`${error} (${code})`), { code }));
  }

  #closed() {
    for (const { reject } of this.#waiting.values()) reject(new Error("the daemon closed the connection"));
    this.#waiting.clear();
  }
}

/**
 * Follows a mission's log and only counts, so that the daemon and not this reader is measured.
 *
 * @returns {Promise<{ bytes: number, endedAt: number, lastLine: string }>} bytes on the wire;
 *   `performance.now()` when the stream's reply came; that reply
 */
export function countFollowed(path, id, args = {}) {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let bytes = 0;
    let tail = Buffer.alloc(0);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`the follower was cut off: ${tail.toString().slice(-300)}`)));
    socket.once("connect", () =>
      socket.write(`${JSON.stringify({ id: 1, cmd: "logs", args: { id, follow: true, ...args } })}\n`),
    );
    socket.on("data", (piece) => {
      bytes += piece.length;
      tail = Buffer.concat([tail.subarray(-512), piece.subarray(-512)]);
      const lastLine = tail.toString().trimEnd().split("\n").at(-1);
      if (piece.at(-1) !== 10 || lastLine.includes('"event":') || !lastLine.startsWith("{")) return;
      socket.removeAllListeners("close");
      socket.destroy();
      resolve({ bytes, endedAt: performance.now(), lastLine });
    });
  });
}
