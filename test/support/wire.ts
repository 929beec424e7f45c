import { createConnection, type Socket } from "node:net";

// biome-ignore lint/suspicious/noExplicitAny: answers are checked by the tests that read them
export type Answer = any;

/** One request without id, as a shell client sends it: writes a line, reads until the server closes. */
export async function ask(socketPath: string, cmd: string, args: object = {}): Promise<Answer> {
  return JSON.parse(await askRaw(socketPath, `${JSON.stringify({ cmd, args })}\n`));
}

/** Sends `bytes` as they are and answers everything the server says until it closes. */
export function askRaw(socketPath: string, bytes: string | Buffer, { halfClose = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path: socketPath, allowHalfOpen: true });
    const said: Buffer[] = [];
    socket.on("error", reject);
    socket.on("data", (chunk) => said.push(chunk));
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(Buffer.concat(said).toString()));
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });
}

/** A connection with ids: requests may overlap; `events` collects the lines of a stream. */
export class WireConnection {
  readonly socket: Socket;
  readonly events: Answer[] = [];
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  #held = "";

  constructor(socketPath: string) {
    this.socket = createConnection(socketPath);
    this.socket.setEncoding("utf8");
    this.socket.on("error", () => {});
    this.socket.on("data", (text: string) => this.#read(text));
  }

  /** The reply to a request, `{ok}` or `{error,code}`. */
  request(cmd: string, args: object = {}): Promise<Answer> {
    return this.start(cmd, args).reply;
  }

  /** As `request`, and tells the id, so that it can be cancelled. */
  start(cmd: string, args: object = {}): { id: number; reply: Promise<Answer> } {
    const id = this.#nextId++;
    const reply = new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.socket.once("close", () => reject(new Error(`the connection closed before ${cmd} was answered`)));
    });
    reply.catch(() => {});
    this.socket.write(`${JSON.stringify({ id, cmd, args })}\n`);
    return { id, reply };
  }

  close(): void {
    this.socket.destroy();
  }

  #read(text: string): void {
    const lines = (this.#held + text).split("\n");
    this.#held = lines.pop() ?? "";
    for (const line of lines) this.#take(JSON.parse(line));
  }

  #take(line: Answer): void {
    if ("event" in line) this.events.push(line.event);
    else this.#waiting.get(line.id)?.(line);
  }
}
