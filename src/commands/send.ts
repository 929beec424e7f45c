import * as v from "valibot";
import { type Command, commandLine, wire } from "./command.ts";
import { wholeInput } from "./whole-input.ts";
import { count, flag, reference } from "./wire-fields.ts";

const unconfirmed = 3;

interface Answer {
  readonly text: string;
  readonly is_error: boolean;
  readonly error: string | null;
}

export const command: Command = {
  name: "send",
  summary: "Send a message to a session",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      wait: { kind: "boolean", summary: "wait for the answer and print its text" },
      timeout: { kind: "duration", unit: "ms", placeholder: "MS", summary: "longest wait (60s)" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    positionals: {
      usage: "ID MESSAGE…",
      summary: "id or name, then the words; - for standard input",
      least: 2,
      most: Number.POSITIVE_INFINITY,
    },
    description:
      "A message waits while a turn runs. Exit code 0: the agent confirmed that it has the message, 3: it did not yet. A command gets its line on stdin; with --wait its answer is what it prints until it is quiet for 300 ms. On a terminal (run --tty) the message is typed, then Enter; no terminal says that it was read.",
    examples: [
      ["overmind send helper 'and now the tests'", "give a session its next task"],
      ["overmind send --wait helper 'what did you change?'", "print the answer"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [id, ...words] }) {
      const message = words.length === 1 && words[0] === "-" ? await wholeInput(context.stdin) : words.join(" ");
      const client = await context.connect();
      const answer = await client.request<true | "unconfirmed" | Answer>("send", {
        ...{ id, message, wait: flags.wait },
        timeout: flags.timeout,
      });
      if (typeof answer === "object") {
        await context.screen.line(flags.json ? JSON.stringify(answer) : answer.text);
        if (answer.is_error && !flags.json) context.screen.say(answer.error ?? "the turn failed");
        return answer.is_error ? 1 : 0;
      }
      const delivery = answer === true ? "confirmed" : answer;
      if (flags.json) await context.screen.line(JSON.stringify({ id, delivery }));
      else if (answer !== true) context.screen.say("unconfirmed: the agent has not said that it has the message");
      return answer === true ? 0 : unconfirmed;
    },
  }),
  wire: wire({
    params: v.object({
      id: reference,
      message: v.string("must be text"),
      wait: flag,
      /** Milliseconds. */
      timeout: v.optional(count, 60_000),
    }),
    async run(daemon, { id, message, wait, timeout }, { signal }) {
      const answer = await daemon.talks.send(id, message, { wait, timeoutMs: timeout, signal });
      return answer === "confirmed" ? true : answer;
    },
  }),
};
