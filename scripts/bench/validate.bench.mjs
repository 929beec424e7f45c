// A blueprint of 10,000 lines: what a person or an editor waits for until every mistake is told.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFloor, takeNodeFloor } from "./floors.mjs";
import { freshDirectory, overmindPath, plainEnvironment } from "./home.mjs";
import { takeTurns, timeCommand } from "./timing.mjs";

export const name = "validate";

const agentCount = 2000;
const linesOfAgent = 5;

export async function run({ isQuick }) {
  const directory = freshDirectory();
  const file = join(directory, "overmind.toml");
  writeFileSync(file, Array.from({ length: agentCount }, (_, at) => agentText(at)).join(""));
  const env = { ...plainEnvironment(), OVERMIND_HOME: directory };
  const holds = ({ stdout }) => {
    if (!stdout.includes(`holds: ${agentCount} agents`)) throw new Error(`validate says: ${stdout}`);
  };
  const samples = await takeTurns(isQuick ? 5 : 15, {
    node: takeNodeFloor,
    validate: () => timeCommand([overmindPath, "validate", file], { env, check: holds }),
  });
  return [
    {
      id: "validate_10000_lines",
      title: `validate, ${agentCount * linesOfAgent} lines`,
      unit: "ms",
      samples: samples.validate,
      floor: nodeFloor(samples.node),
      // 200 ms where Node needs 40.
      target: { of: "ratio", atMost: 5 },
    },
  ];
}

/** Each waits for two earlier ones and uses a result of one. */
function agentText(at) {
  const needs = [at - 1, Math.floor(at / 2)].filter(
    (other, index, all) => other >= 0 && other < at && all.indexOf(other) === index,
  );
  const used = at === 0 ? "" : ` \${agents.n${at - 1}.result}`;
  return `[agents.n${at}]
command = "echo ${at}${used}"
depends_on = [${needs.map((other) => `"n${other}"`).join(", ")}]
labels = { tier = "t${at % 7}" }

`;
}
