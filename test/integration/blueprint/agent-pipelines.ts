import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { freshDirectory, overmindPath } from "../../support/home.ts";
import { PipelineHome } from "./pipeline-home.ts";

const program = resolve(import.meta.dirname, "../../agents/fake-agent.mjs");

/** A home whose blueprints find fake agents on their PATH; what they keep lies under `state` beside the blueprint. */
export class AgentPipelineHome extends PipelineHome {
  constructor() {
    const at = freshDirectory();
    const bin = join(at, "bin");
    super({ at, env: { PATH: `${bin}:${process.env["PATH"]}` } });
    mkdirSync(bin);
    symlinkSync(overmindPath, join(bin, "overmind"));
    for (const name of ["claude", "codex"]) symlinkSync(program, join(bin, name));
  }

  /** As `written`, with a directory for what agents keep, to which FAKE_STATE leads. */
  withAgents(text: string, name: string, head = ""): string {
    const directory = this.written(
      `[blueprint]\nname = "${name}"\n${head}\n[defaults.env]\nFAKE_STATE = "\${blueprint.dir}/state"\n${text}`,
    );
    mkdirSync(join(directory, "state"));
    return directory;
  }
}

/** All messages that agents were told in a directory, one conversation after another. */
export function toldIn(directory: string): string[] {
  const state = join(directory, "state");
  const files = readdirSync(state).filter((name) => name.startsWith("conversation-"));
  const lines = files.flatMap((name) => readFileSync(join(state, name), "utf8").split("\n").filter(Boolean));
  return lines.map((line) => JSON.parse(line));
}
