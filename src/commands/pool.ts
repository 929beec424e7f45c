import * as v from "valibot";
import { OvermindError } from "../base/errors.ts";
import { isMissionName } from "../base/mission-name.ts";
import type { PoolView } from "../protocol/messages.ts";
import type { DaemonContext } from "../supervisor/daemon-context.ts";
import { toldField } from "./already.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { poolTable } from "./pool-table.ts";
import { UsageError } from "./usage-error.ts";
import { flag } from "./wire-fields.ts";

const actions = ["set", "ls", "rm", "pause", "unpause"] as const;
type Action = (typeof actions)[number];

const done: Readonly<Record<Exclude<Action, "ls">, string>> = {
  set: "Set",
  rm: "Removed",
  pause: "Paused",
  unpause: "Unpaused",
};

export const command: Command = {
  name: "pool",
  summary: "Pools: how many of their missions run at once",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      slots: { kind: "integer", isAboveZero: true, placeholder: "N", summary: "with set: missions at once" },
      force: { kind: "boolean", summary: "with rm: also a pool that missions use" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    positionals: { usage: "set|ls|rm|pause|unpause [NAME]", summary: "what to do, and with which pool", least: 1, most: 2 },
    description:
      "Missions run with --pool NAME wait until the pool has a slot free: the greatest --priority first, then the oldest. A slot is held until the mission has ended for good. Changed slots count at once, and nothing is ended when there are fewer. A paused pool gives no slot to anybody.",
    examples: [
      ["overmind pool set builds --slots 4", "make a pool, or change it"],
      ["overmind run --pool builds --priority 5 'npm test'", "wait for one of its slots"],
      ["overmind pool pause builds", "start nothing more of it for now"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [word = "", name] }) {
      const action = asAction(word);
      if ((action === "ls") !== (name === undefined)) {
        throw new UsageError(action === "ls" ? "pool ls takes no name" : `pool ${action} takes the name of a pool`, tryHelp);
      }
      if (action === "set" && flags.slots === undefined) throw new UsageError("pool set takes --slots N", tryHelp);
      if (action !== "set" && flags.slots !== undefined) throw new UsageError("--slots N belongs to pool set", tryHelp);
      if (flags.slots !== undefined && flags.slots < 1) throw new UsageError("--slots takes a number from 1 on", tryHelp);
      const client = await context.connect();
      const answer = await client.request<unknown>("pool", { action, name, slots: flags.slots, force: flags.force, told: true });
      if (flags.json) await context.screen.line(JSON.stringify(action === "rm" ? { name, ok: true } : answer));
      else if (action === "ls") await context.screen.line(poolTable(answer as PoolView[]));
      else if (isTold(answer))
        await context.screen.line(`Pool ${name} was ${action === "pause" ? "paused already" : "not paused"}`);
      else await context.screen.line(`${done[action]} pool ${name}`);
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      action: v.optional(v.picklist(actions, `must be of ${actions.join(", ")}`), "ls"),
      name: v.optional(
        v.pipe(
          v.string("must be text"),
          v.check(isMissionName, "takes a letter or digit, then letters, digits and _.-, at most 63 characters"),
        ),
      ),
      slots: v.optional(
        v.pipe(v.number("must be a whole number"), v.integer("must be a whole number"), v.minValue(1, "must be at least 1")),
      ),
      force: flag,
      told: toldField,
    }),
    run: (daemon, { action, name, slots, force, told }) =>
      action === "ls" ? daemon.pools.list() : change(daemon, action, need("name", name), { slots, force, told }),
  }),
};

/** Where a pool was so before. */
interface Told {
  readonly already?: "paused" | "open";
}

const isTold = (answer: unknown): boolean => (answer as Told).already !== undefined;

const tryHelp = "Try: overmind pool --help";

function asAction(word: string): Action {
  const action = actions.find((one) => one === word);
  if (action !== undefined) return action;
  throw new UsageError(`pool takes ${actions.join(", ")}, not '${word}'`, tryHelp);
}

function change(
  { pools }: DaemonContext,
  action: Exclude<Action, "ls">,
  name: string,
  { slots, force, told }: { slots: number | undefined; force: boolean; told: boolean },
): (PoolView & Told) | true {
  switch (action) {
    case "set":
      return pools.set(name, need("slots", slots));
    case "pause":
    case "unpause": {
      const isPause = action === "pause";
      const isSo = pools.find(name)?.isPaused === isPause;
      return { ...pools.setPaused(name, isPause), ...(told && isSo && { already: isPause ? "paused" : "open" }) };
    }
    case "rm":
      pools.remove(name, { force });
      return true;
  }
}

function need<Value>(field: string, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new OvermindError("invalid_argument", `${field}: must be given`, { details: { field } });
}
