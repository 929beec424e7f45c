import * as v from "valibot";
import type { AnswerResult } from "../protocol/inbox.ts";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { flag, reference } from "./wire-fields.ts";

const decisions = ["allow", "deny"] as const;
type Decision = (typeof decisions)[number];

export const command: Command = {
  name: "answer",
  summary: "Answer what an agent asks",
  group: "Agents",
  commandLine: commandLine({
    flags: {
      message: { kind: "string", placeholder: "TEXT", summary: "with deny: told to an agent that takes words" },
      input: { kind: "string", placeholder: "JSON", summary: "with allow: what the tool gets instead of its own input" },
      option: { kind: "string", placeholder: "ID", summary: "one of the options that the agent offers" },
      always: { kind: "boolean", summary: "the option that answers the same from now on, where the agent offers one" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    positionals: {
      usage: "ID [REQUEST] allow|deny",
      summary: "id or name; which request, or its beginning, where several wait",
      least: 2,
      most: 3,
    },
    description:
      "overmind inbox lists what is asked, overmind inbox --json also the whole input and the options. Whoever answers second is told who was first. An answer to a question is given as --input, in the agent's own shape.",
    examples: [
      ["overmind answer helper allow", "let it do what it asked for"],
      ["overmind answer helper deny --message 'use pnpm here'", "and say why not"],
      ['overmind answer helper allow --input \'{"command":"npm test"}\'', "let it do something else"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals }) {
      const id = positionals[0] ?? "";
      const decision = readDecision(positionals.at(-1) ?? "");
      const request = positionals.length === 3 ? positionals[1] : undefined;
      const { message, option, always } = flags;
      const given = {
        decision,
        message,
        option,
        always,
        ...(flags.input === undefined ? {} : { input: readInput(flags.input) }),
      };
      const client = await context.connect();
      const answer = await client.request<AnswerResult>("answer", { id, request, ...given, by: requester(context) });
      const { tool, name, request_id, delivery } = answer;
      const done = decision === "allow" ? "Allowed" : "Denied";
      await context.screen.line(flags.json ? JSON.stringify(answer) : `${done} ${tool} of ${name} (${request_id})`);
      if (delivery === "unconfirmed" && !flags.json)
        context.screen.say("The agent does not read its input now; the answer is there when it does.");
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      id: reference,
      request: v.optional(v.pipe(v.string("must be the id of a request"), v.nonEmpty("must be the id of a request"))),
      decision: v.picklist(decisions, "must be allow or deny"),
      message: v.optional(v.string("must be text")),
      /** Any JSON: what it may be is the agent's affair. */
      input: v.optional(v.unknown()),
      option: v.optional(v.string("must be the id of an option")),
      always: flag,
      by: requesterField,
    }),
    run: (daemon, { id, request, by, ...given }) => daemon.inbox.answer(id, request, given, by),
  }),
};

function readDecision(word: string): Decision {
  const decision = decisions.find((one) => one === word);
  if (decision !== undefined) return decision;
  throw new UsageError(`answer ends in allow or deny, not '${word}'`, "Try: overmind answer --help");
}

function readInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--input takes JSON: ${(error as Error).message}`);
  }
}
