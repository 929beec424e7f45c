// What a blueprint costs beside what its agents do: a diamond of seconds, and a long chain of nothing.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BenchHome, freshDirectory, overmindPath } from "./home.mjs";
import { takeTurns, timeCommand } from "./timing.mjs";

export const name = "pipeline";

const chainLength = 50;
const diamond = `${agent("top", "sleep 1", [])}${agent("left", "sleep 1", ["top"])}${agent("right", "sleep 1", ["top"])}${agent("bottom", "sleep 1", ["left", "right"])}`;
const chain = Array.from({ length: chainLength }, (_, at) => agent(`n${at}`, "true", at === 0 ? [] : [`n${at - 1}`])).join("");

export async function run({ isQuick }) {
  const home = new BenchHome();
  await home.start();
  const directory = freshDirectory();
  const apply = (name, text) => {
    const file = join(directory, `${name}.toml`);
    writeFileSync(file, text);
    return () => timeCommand([overmindPath, "apply", file, "--wait"], { env: home.env, cwd: "/" });
  };
  const applyChain = apply("chain", chain);
  const samples = await takeTurns(isQuick ? 2 : 5, {
    floor: () => timeCommand(["sh", "-c", "sleep 1; sleep 1 & sleep 1; wait; sleep 1"]),
    diamond: apply("diamond", diamond),
    chain: async () => (await applyChain()) / chainLength,
  });
  await home.dispose();
  return [
    {
      id: "diamond",
      title: "apply --wait, a diamond of four sleep 1",
      unit: "ms",
      samples: samples.diamond,
      floor: { title: "the same as a shell script", samples: samples.floor },
      target: { of: "ratio", atMost: 1.2 },
    },
    { id: "chain_step", title: `... a chain of ${chainLength} that do nothing, each`, unit: "ms", samples: samples.chain },
  ];
}

function agent(name, command, after) {
  return `[agents.${name}]\ncommand = "${command}"\ndepends_on = ${JSON.stringify(after)}\n\n`;
}
