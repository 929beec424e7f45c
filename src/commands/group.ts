import * as v from "valibot";
import { isMissionName } from "../base/mission-name.ts";
import type { RunAnswer } from "../protocol/messages.ts";
import { surroundingMission } from "./caller/surrounding-mission.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { knownParent } from "./known-parent.ts";
import { readPairs } from "./pairs.ts";
import { count, labels, reference } from "./wire-fields.ts";

const strategies = ["one_for_one", "one_for_all", "rest_for_one"] as const;

export const command: Command = {
  name: "group",
  summary: "Make a group, whose members restart together",
  group: "Missions",
  commandLine: commandLine({
    flags: {
      strategy: {
        kind: "choice",
        choices: [...strategies, "one-for-one", "one-for-all", "rest-for-one"],
        placeholder: "STRATEGY",
        summary: "one_for_one (otherwise), one_for_all or rest_for_one",
      },
      "max-restarts": {
        kind: "integer",
        placeholder: "N",
        summary: "give up after N crashes (5; 0: never) within --max-seconds",
      },
      "max-seconds": { kind: "duration", unit: "s", placeholder: "S", summary: "the sliding window of --max-restarts (60s)" },
      parent: { kind: "string", placeholder: "ID", summary: "its parent; the mission this runs in otherwise" },
      "on-parent-exit": { kind: "choice", choices: ["keep", "stop", "kill"], summary: "what becomes of it when its parent ends" },
      label: { kind: "list", placeholder: "K=V", summary: "a label, for ps --label" },
      json: { kind: "boolean", summary: "answer as JSON" },
    },
    positionals: { usage: "NAME", summary: "the group's name", least: 1, most: 1 },
    description:
      "Members are missions run with --parent NAME; they restart on failure unless --restart says otherwise. When one crashes, one_for_one restarts only it, one_for_all every member, rest_for_one it and those made after it. More than --max-restarts crashes within --max-seconds: the group ends its members, the last made first, and crashes; a group it is a member of treats that as a member's crash. Stopping a group stops its members first; restarting one brings back the members it ended.",
    examples: [
      ["overmind group web --strategy rest_for_one", "a group that runs nothing itself"],
      ["overmind run --parent web --name db './db'", "its first member"],
      ["overmind run --parent web --name api './api'", "restarts when db crashes, not the other way"],
      ["overmind stop web", "end api, then db, then the group"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [name] }) {
      const client = await context.connect();
      const started = await client.request<RunAnswer>("group", {
        name,
        strategy: flags.strategy?.replaceAll("-", "_"),
        max_restarts: flags["max-restarts"],
        max_seconds: flags["max-seconds"] === undefined ? undefined : flags["max-seconds"] / 1000,
        parent: flags.parent,
        inherited_parent: flags.parent === undefined ? surroundingMission(context) : undefined,
        on_parent_exit: flags["on-parent-exit"],
        labels: readPairs(flags.label, "--label"),
      });
      const { id } = started;
      await context.screen.line(flags.json ? JSON.stringify({ id, name: started.name }) : `Made group ${id} (${started.name})`);
      return 0;
    },
  }),
  wire: wire({
    params: v.object({
      name: v.pipe(
        v.string("must be text"),
        v.check(isMissionName, "takes a letter or digit, then letters, digits and _.-, at most 63 characters"),
      ),
      strategy: v.optional(v.picklist(strategies, `must be ${strategies.join(", ")}`), "one_for_one"),
      max_restarts: v.optional(count),
      max_seconds: v.optional(v.pipe(v.number("must be a number"), v.minValue(0, "must not be negative"))),
      parent: v.optional(reference),
      /** The mission in which the caller runs; one that is not known here is no error. */
      inherited_parent: v.optional(v.string()),
      on_parent_exit: v.optional(v.picklist(["keep", "stop", "kill"], "must be keep, stop or kill")),
      labels: v.optional(labels, {}),
    }),
    run(daemon, given) {
      return daemon.group({
        name: given.name,
        strategy: given.strategy,
        maxRestarts: given.max_restarts,
        maxSeconds: given.max_seconds,
        parent: given.parent ?? knownParent(daemon, given.inherited_parent),
        onParentExit: given.on_parent_exit,
        labels: given.labels,
      });
    },
  }),
};
