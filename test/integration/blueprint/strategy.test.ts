import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { PipelineHome } from "./pipeline-home.ts";

const home = new PipelineHome();
afterAll(() => home.dispose());

const service = (name: string, more = "") =>
  `[agents.${name}]\ntype = "service"\ncommand = "exec sleep 1000"\nbackoff = 100\n${more}\n`;
const attemptsOf = async (names: readonly string[]) =>
  Promise.all(
    names.map(async (name) => {
      const { attempt, status } = await home.info(name);
      return `${attempt} ${status}`;
    }),
  );
const stand = (names: readonly string[], attempts: readonly number[]) =>
  until(`${names.join(", ")} to be in their attempts ${attempts.join(", ")}`, async () => {
    const seen = await attemptsOf(names);
    return seen.join() === attempts.map((attempt) => `${attempt} running`).join() || undefined;
  });
const crash = async (name: string) => process.kill(await home.agentPid((await home.info(name)).id), "SIGKILL");
const crashes = async () =>
  (await home.run(["events", "--json", "--type", "mission.member_crashed"])).stdout.split("\n").length - 1;
/** Who started in the second attempt, in order. */
const secondStarts = async (names: readonly string[]) => {
  const ids = await Promise.all(names.map(async (name) => [(await home.info(name)).id as string, name] as const));
  const { stdout } = await home.run(["events", "--json", "--type", "mission.started"]);
  const events = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return events.flatMap(({ mission, attempt }) => (attempt === 2 ? (new Map(ids).get(mission) ?? []) : []));
};

describe("services under a strategy", () => {
  const chain = (prefix: string, strategy: string) =>
    `[blueprint]\nname = "${prefix}"\nstrategy = "${strategy}"\n${service(`${prefix}1`)}${service(`${prefix}2`, `depends_on = ["${prefix}1"]`)}${service(
      `${prefix}3`,
      `depends_on = ["${prefix}2"]`,
    )}[agents.${prefix}task]\ncommand = "true"\n`;
  const three = (prefix: string) => [`${prefix}1`, `${prefix}2`, `${prefix}3`];

  it("rest_for_one starts those again that started after the one that crashed, in their order", async () => {
    await home.apply(home.written(chain("rest", "rest_for_one")));
    const names = three("rest");
    await stand(names, [1, 1, 1]);
    await crash("rest2");
    await stand(names, [1, 2, 2]);
    expect(await secondStarts(names)).toEqual(["rest2", "rest3"]);
    expect((await home.run(["why", "rest"])).stdout).toContain("rest_for_one");
    // Nothing is left waiting for anybody.
    await home.ok("/", "down", "rest");
    expect(await home.info("rest3")).toMatchObject({ status: "stopped" });
  });

  it("one_for_all starts all again, once, also when the daemon is killed at the crash", async () => {
    await home.apply(home.written(chain("all", "one_for_all")));
    const names = three("all");
    await stand(names, [1, 1, 1]);
    const before = await crashes();
    await crash("all2");
    await until("the crash to be counted", async () => (await crashes()) > before);
    await home.killDaemon();
    await home.run(["start"]);
    await stand(names, [2, 2, 2]);
    expect([(await crashes()) - before, (await home.info("alltask")).attempt]).toEqual([1, 1]);
    await home.ok("/", "down", "all");
  });

  it("one_for_all starts none in a third attempt when the daemon is killed while they wait for the one that crashed", async () => {
    await home.apply(home.written(chain("wait", "one_for_all").replaceAll("backoff = 100", "backoff = 5000")));
    const names = three("wait");
    await stand(names, [1, 1, 1]);
    await crash("wait2");
    await until(
      "the others to wait for it",
      async () => (await attemptsOf(names)).join() === "2 starting,1 restarting,2 starting",
    );
    await home.killDaemon();
    await home.run(["start"]);
    await stand(names, [2, 2, 2]);
    await home.ok("/", "down", "wait");
  });

  it("one_for_one, and none at all, leave the others alone", async () => {
    await home.apply(home.written(chain("one", "one_for_one")));
    await stand(three("one"), [1, 1, 1]);
    await crash("one1");
    await stand(three("one"), [2, 1, 1]);
    await home.ok("/", "down", "one");
  });

  it("of a fan-out holds for that alone", async () => {
    await home.apply(
      home.written(
        `[blueprint]\nname = "fan"\nstrategy = "one_for_all"\n${service("pair", 'replicas = 2\nstrategy = "one_for_all"')}${service("beside")}`,
      ),
    );
    const names = ["pair-1", "pair-2", "beside"];
    await stand(names, [1, 1, 1]);
    await crash("pair-1");
    await stand(names, [2, 2, 1]);
    await crash("beside");
    await stand(names, [2, 2, 2]);
    await home.ok("/", "down", "fan");
  });

  it("is refused of what does not start again", async () => {
    const directory = home.written('[agents.a]\ncommand = "true"\nreplicas = 2\nstrategy = "one_for_all"');
    expect((await home.run(["validate"], { cwd: directory })).stderr).toMatch(/agents\.a\.strategy is for `type = "service"`/);
  });
});
