import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Body,
  type Dialect,
  type ModelAnswer,
  type ModelRequest,
  type Reply,
  type Script,
  type ServerEvent,
  say,
} from "./answer.ts";
import { anthropic } from "./anthropic.ts";
import { chat } from "./chat.ts";
import { gemini } from "./gemini.ts";
import { responses } from "./responses.ts";

const dialects: readonly Dialect[] = [anthropic, responses, gemini, chat];

/**
 * A model on loopback that speaks the APIs of four agents and says what a test wrote down. Requests
 * that offer the model no tools are an agent's own asides (a title, a choice of model): they get a
 * word, and no answer of the script is spent on them.
 */
export class ModelServer {
  /** Every request but the asides, the oldest first. */
  readonly requests: ModelRequest[] = [];
  /** What came to no API that is known. */
  readonly strays: string[] = [];
  readonly #server: Server;
  readonly #script: Script;
  #count = 0;

  private constructor(script: Script) {
    this.#script = script;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
  }

  static async start(script: Script): Promise<ModelServer> {
    const server = new ModelServer(script);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether a text of that many bytes and exactly that content reached the model. */
  wasTold(text: string): boolean {
    return this.requests.some(({ userTexts }) => userTexts.includes(text));
  }

  /** Cuts what is still open. */
  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? "/";
    const text = await bodyOf(incoming);
    const dialect = incoming.method === "POST" ? dialects.find((one) => one.path.test(path)) : undefined;
    if (dialect === undefined) {
      this.strays.push(`${incoming.method} ${path}`);
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
      return;
    }
    const body: Body = JSON.parse(text);
    const wantsStream = body.stream === true || path.includes(":streamGenerateContent");
    const request: ModelRequest = { path, headers: incoming.headers, wantsStream, ...dialect.read(body) };
    this.#count += 1;
    await give(dialect, await this.#next(request), { id: this.#count, model: body.model ?? "model" }, request, response);
  }

  #next(request: ModelRequest): ModelAnswer | Promise<ModelAnswer> {
    if (request.tools.length === 0) return say("Aside");
    this.requests.push(request);
    if (typeof this.#script === "function") return this.#script(request);
    return this.#script[Math.min(this.requests.length, this.#script.length) - 1] ?? say("There is nothing more to say.");
  }
}

async function give(
  dialect: Dialect,
  answer: ModelAnswer,
  about: Pick<Reply, "id" | "model">,
  { wantsStream }: ModelRequest,
  response: ServerResponse,
): Promise<void> {
  if (answer.do === "hang" && answer.after === undefined) return;
  if (answer.do === "fail") {
    const { status, headers, message, body } = answer;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body ?? dialect.error(status, message ?? `the model answers ${status}`)));
    return;
  }
  const pieces =
    answer.do === "say"
      ? answer.pieces
      : answer.do === "refuse"
        ? [answer.text]
        : answer.do === "hang"
          ? [answer.after ?? ""]
          : [];
  const call = answer.do === "shell" ? dialect.shell(answer.command) : answer.do === "call" ? answer : null;
  const reply: Reply = { ...about, call, isRefusal: answer.do === "refuse", text: pieces.join("") };
  if (!wantsStream) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(dialect.whole(reply)));
    return;
  }
  const { before, piece, after } = dialect.stream(reply);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const write = (event: ServerEvent) => response.write(lineOf(event));
  before.forEach(write);
  for (const [index, text] of pieces.entries()) {
    if (answer.do === "say" && index === pieces.length - 1) await answer.until;
    write(piece(text));
  }
  if (answer.do === "hang") return;
  after.forEach(write);
  response.end();
}

function lineOf({ name, data }: ServerEvent): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${text}\n\n`;
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
