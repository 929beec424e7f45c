import * as v from "valibot";
import { toldField } from "./already.ts";
import { requesterField } from "./caller/requester.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { eachMission } from "./each-mission.ts";
import { reference } from "./wire-fields.ts";

export const command: Command = {
  name: "pause",
  summary: "Stop running missions where they stand",
  group: "Missions",
  commandLine: commandLine({
    flags: { json: { kind: "boolean", summary: "one JSON object per mission" } },
    positionals: { usage: "ID…", summary: "ids or names", least: 1, most: Number.POSITIVE_INFINITY },
    description:
      "Every process of the mission is stopped (SIGSTOP) until unpause. It keeps its memory and its slot; silence and --timeout do not count meanwhile. A stop or kill ends it as ever. The agent of a session (claude, codex, gemini, opencode) ends instead, so that its conversation can be opened elsewhere; --json tells which one and where. Unpaused, the session goes on with what was said there.",
    examples: [["overmind pause build && overmind unpause build", "hold one mission, then let it go on"]],
    needs: "autostart",
    run: (context, { flags, positionals }) =>
      eachMission(context, positionals, {
        cmd: "pause",
        done: "Paused",
        already: (reference) => `${reference} was paused already`,
        json: flags.json,
        tells: true,
      }),
  }),
  wire: wire({
    params: v.object({ id: reference, told: toldField, by: requesterField }),
    async run(daemon, { id, told, by }) {
      const { status } = daemon.find(id);
      const answer = await daemon.pause(id, { by });
      return told && status === "paused" ? { ...answer, already: status } : answer;
    },
  }),
};
