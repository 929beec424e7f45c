import * as v from "valibot";
import { type Command, commandLine, wire } from "./command.ts";

export const command: Command = {
  name: "agents-available",
  summary: "List the kinds of agents, what each can do, and which are installed",
  group: "Agents",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "a JSON array" } },
    description:
      "Programs are looked for on this PATH, as a mission that is started here would find them. STREAMS and ASKS say whether a task, a session or both show text while it is made, and ask before they use a tool; FLAGS are those of run that the agent takes.",
    examples: [
      ["overmind agents-available --json | jq -r '.[] | select(.available) | .provider'", "what run --provider can start"],
    ],
    needs: "nothing",
    async run(context, { flags }) {
      const { findAgents } = await import("./available/find-agents.ts");
      const { availableTable } = await import("./available/available-table.ts");
      const agents = await findAgents(context.environment["PATH"] ?? "", process.cwd());
      await context.screen.line(flags.json ? JSON.stringify(agents) : availableTable(agents, context.screen.columns));
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      /** The PATH to look in; the daemon's own otherwise. */
      path: v.optional(v.string("must be text")),
    }),
    async run(_daemon, { path }) {
      const { findAgents } = await import("./available/find-agents.ts");
      return findAgents(path ?? process.env["PATH"] ?? "", process.cwd());
    },
  }),
};
