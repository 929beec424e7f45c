import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { SendAnswer } from "../protocol/messages.ts";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { idOf } from "./id-of.ts";
import { wholeInput } from "./whole-input.ts";
import { count, flag, reference } from "./wire-fields.ts";

const unconfirmed = 3;

export const command: Command = {
  name: "send",
  summary: "Send a message to a session",
  group: "Agents",
  commandLine: commandLine({
    flags: {
      interrupt: { kind: "boolean", summary: "end the present turn first" },
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
      "A message waits while a turn runs. Exit code 0: the agent confirmed that it has the message, 3: it did not yet. A command gets its line on stdin; with --wait its answer is what it prints until it is quiet for 300 ms. When the daemon dies meanwhile the next one is asked about the same message: it is never sent twice. On a terminal (run --tty) the message is typed, then Enter; no terminal says that it was read.",
    examples: [
      ["overmind send helper 'and now the tests'", "give a session its next task"],
      ["overmind send --wait helper 'what did you change?'", "print the answer"],
      ["overmind send --interrupt helper 'stop, do this first'", "end what it does for a message"],
      ["git diff | overmind send --wait helper -", "a message from standard input"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [id, ...words] }) {
      const message = words.length === 1 && words[0] === "-" ? await wholeInput(context.stdin) : words.join(" ");
      const client = await context.connect();
      const message_id = randomUUID();
      const { wait, timeout, interrupt } = flags;
      const answer = await client.request<true | "unconfirmed" | SendAnswer>(
        "send",
        { id, message, message_id, wait, timeout, interrupt, by: requester(context) },
        { resend: true },
      );
      if (typeof answer === "object") {
        // An agent that failed often says its error as its text: once is enough.
        if (flags.json) await context.screen.line(JSON.stringify(answer));
        else if (!answer.is_error || answer.text !== answer.error_text) await context.screen.line(answer.text);
        if (answer.is_error && !flags.json) context.screen.say(answer.error_text ?? "the turn failed");
        return answer.is_error ? 1 : 0;
      }
      const delivery = answer === true ? "confirmed" : answer;
      if (flags.json) await context.screen.line(JSON.stringify({ id: await idOf(client, id), delivery, message_id }));
      else if (answer !== true)
        context.screen.say("unconfirmed: nothing has said yet that the message was read (a terminal never says so)");
      return answer === true ? 0 : unconfirmed;
    },
  }),
  wire: wire({
    params: v.object({
      id: reference,
      message: v.string("must be text"),
      /** Sent again with the same one, it is not said again. */
      message_id: v.optional(v.pipe(v.string(), v.uuid("must be a UUID"))),
      interrupt: flag,
      wait: flag,
      by: requesterField,
      /** Milliseconds. */
      timeout: v.optional(count, 60_000),
    }),
    async run(daemon, { id, message, message_id, interrupt, by, wait, timeout }, { signal }) {
      const whose = { id: message_id ?? randomUUID(), isResent: message_id !== undefined };
      const answer = await daemon.talks.send(id, message, { ...whose, interrupt, by, wait, timeoutMs: timeout, signal });
      return answer === "confirmed" ? true : answer;
    },
  }),
};
