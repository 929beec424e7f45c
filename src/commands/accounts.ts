import * as v from "valibot";
import { plainTable } from "../protocol/plain-table.ts";
import type { AccountView } from "../protocol/usage.ts";
import { requester, requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { UsageError } from "./usage-error.ts";

export const command: Command = {
  name: "accounts",
  summary: "Accounts of agents, and until when their limits hold",
  group: "Agents",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "a JSON array of accounts" } },
    positionals: { usage: "[open NAME]", summary: "open: its missions go on now", least: 0, most: 2 },
    description:
      "Missions of one account (run --account; by default all of one provider) meet the same limits: when an agent tells of one, those that met it wait, new ones do not start, and all go on one after the other when it is over. [limits] in config.toml sets quiet hours and delays.",
    examples: [
      ["overmind accounts", "who is limited, and until when"],
      ["overmind accounts open claude", "the limit is over: let its missions go on"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [action, name] }) {
      if (action !== undefined && (action !== "open" || name === undefined))
        throw new UsageError("accounts takes nothing, or open and the name of an account", "Try: overmind accounts --help");
      const client = await context.connect();
      if (action === "open") {
        await client.request("accounts", { open: name, by: requester(context) });
        await context.screen.line(flags.json ? JSON.stringify({ account: name, ok: true }) : `Opened account ${name}`);
        return 0;
      }
      const accounts = await client.request<AccountView[]>("accounts", {}, { resend: true });
      await context.screen.line(flags.json ? JSON.stringify(accounts) : accountTable(accounts));
      return 0;
    },
  }),
  wire: wire({
    /** `open`: the account whose limit is over. */
    params: v.object({
      open: v.optional(v.pipe(v.string("must be text"), v.nonEmpty("must name an account"))),
      by: requesterField,
    }),
    run(daemon, { open, by }) {
      if (open === undefined) return daemon.spending.accounts();
      daemon.spending.openAccount(open, by);
      return true;
    },
  }),
};

const titles = ["ACCOUNT", "PROVIDER", "LIMITED-UNTIL", "WAITING", "RUNNING"];

const accountTable = (accounts: readonly AccountView[]): string =>
  plainTable(
    titles,
    accounts.map(({ account, provider, limited_until, waiting, running }) => [
      account,
      provider ?? "",
      limited_until ?? "",
      String(waiting),
      String(running),
    ]),
    new Set(["WAITING", "RUNNING"]),
  );
