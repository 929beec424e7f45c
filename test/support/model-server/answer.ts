/** What the model answers to one request. */
export type ModelAnswer =
  | {
      readonly do: "say";
      /** Streamed piece by piece; where the request wants no stream, at once. */
      readonly pieces: readonly string[];
      /** What is waited for before the last piece; the stream lies open until then. */
      readonly until?: Promise<unknown>;
    }
  /** Uses the agent's own tool for shell commands. */
  | { readonly do: "shell"; readonly command: string }
  /** Calls a tool by its name. */
  | { readonly do: "call"; readonly tool: string; readonly input: object }
  | {
      readonly do: "fail";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
      /** In place of what the API says of such a status. */
      readonly body?: object;
    }
  /** Answers nothing at all, not even a status; with a piece: says that and then nothing more. */
  | { readonly do: "hang"; readonly after?: string }
  /** Stops for the reason that stands for a refusal in the API. */
  | { readonly do: "refuse"; readonly text: string };

/** Answers from what was asked; given a list, its n-th answers the n-th request, its last all after that. */
export type Script = readonly ModelAnswer[] | ((request: ModelRequest) => ModelAnswer | Promise<ModelAnswer>);

/** One request as an agent made it. */
export interface ModelRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** What stands in the messages of the user, piece by piece, the oldest first. */
  readonly userTexts: readonly string[];
  /** What the tools gave back, the oldest first. */
  readonly toolResults: readonly string[];
  /** What stands above the messages, and in those of no user or model. */
  readonly instructions: string;
  /** The names of the tools that the model is offered. */
  readonly tools: readonly string[];
  readonly wantsStream: boolean;
}

/** How an API reads and speaks. */
export interface Dialect {
  /** Whether a request of that path is for it. */
  readonly path: RegExp;
  /** The name and input with which its agent runs a shell command. */
  shell(command: string): { readonly tool: string; readonly input: object };
  read(body: Body): Pick<ModelRequest, "userTexts" | "toolResults" | "instructions" | "tools">;
  /** The events of a stream before the text, for each piece of text, and after it. */
  stream(reply: Reply): {
    readonly before: readonly ServerEvent[];
    piece(text: string): ServerEvent;
    after: readonly ServerEvent[];
  };
  /** The same in one body. */
  whole(reply: Reply): object;
  error(status: number, message: string): object;
}

// biome-ignore lint/suspicious/noExplicitAny: what four agents send in four formats
export type Body = any;

/** What an answer comes to in any API. */
export interface Reply {
  readonly id: number;
  readonly text: string;
  readonly call: { readonly tool: string; readonly input: object } | null;
  readonly isRefusal: boolean;
  readonly model: string;
}

/** One event of a stream of server-sent events; `data` without a name, or the last word of one as it is. */
export interface ServerEvent {
  readonly name?: string;
  readonly data: object | string;
}

/** A text as several pieces. */
export const say = (...pieces: readonly string[]): ModelAnswer => ({ do: "say", pieces });

/** A text whose last piece comes only when `until` is settled. */
export const sayUntil = (until: Promise<unknown>, ...pieces: readonly string[]): ModelAnswer => ({ do: "say", pieces, until });

export const shell = (command: string): ModelAnswer => ({ do: "shell", command });

export const fail = (
  status: number,
  headers: Readonly<Record<string, string>> = {},
  says: { readonly message?: string; readonly body?: object } = {},
): ModelAnswer => ({ do: "fail", status, headers, ...says });

export const hang = (after?: string): ModelAnswer => (after === undefined ? { do: "hang" } : { do: "hang", after });

export const refuse = (text: string): ModelAnswer => ({ do: "refuse", text });
