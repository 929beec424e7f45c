import * as v from "valibot";
import type { RetryAnswer } from "../protocol/messages.ts";
import { followFlags, followPipeline } from "./blueprint/follow-pipeline.ts";
import { type Command, commandLine, wire } from "./command.ts";
import { flag, reference } from "./wire-fields.ts";

export const command: Command = {
  name: "retry",
  summary: "Run a finished pipeline again, all of it or what failed",
  group: "Blueprints",
  commandLine: commandLine({
    flags: {
      failed: { kind: "boolean", summary: "only what failed, was stopped or never started, and what depends on it" },
      ...followFlags,
    },
    positionals: { usage: "NAME", summary: "name or id of a pipeline that has ended", least: 1, most: 1 },
    description:
      "The next attempt of the same pipeline, with the blueprint as it was applied: its id, its log and the events of earlier attempts stay. With --failed the results of what succeeded are kept and handed on as before. Services come up again, and what is to run finally runs again.",
    examples: [
      ["overmind retry --failed release", "go on where it broke"],
      ["overmind retry -f nightly", "all of it again, showing its log"],
    ],
    needs: "autostart",
    async run(context, { flags, positionals: [name] }) {
      const client = await context.connect();
      const answer = await client.request<RetryAnswer>("retry", { id: name, failed: flags.failed });
      const { id, attempt, kept } = answer;
      const results = kept.length === 0 ? "" : `, keeping the results of ${kept.length}`;
      const line = `Restarted pipeline ${id} (${answer.name}), attempt ${attempt}${results}`;
      return followPipeline(context, client, { ...answer, line, asJson: answer }, flags);
    },
  }),
  wire: wire({
    params: v.object({ id: reference, failed: flag }),
    run: (daemon, { id, failed }) => daemon.pipelines.retry(id, { failed }),
  }),
};
