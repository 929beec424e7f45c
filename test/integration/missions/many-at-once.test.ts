import { afterEach, expect, it } from "vitest";
import { type Home, startHome } from "../../support/home.ts";

let home: Home;
afterEach(() => home.dispose());

it("wait for more missions than Node takes for no leak says nothing but how they ended", async () => {
  home = startHome();
  const names = Array.from({ length: 12 }, (_, n) => `one-${n}`);
  for (const name of names) await home.start("--name", name, "true");
  const { code, stderr, stdout } = await home.run(["wait", ...names]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.trimEnd().split("\n")).toHaveLength(12);
});

it("who names a pipeline to graph is answered when no daemon runs, too; who names a missing file starts none", async () => {
  home = startHome();
  await home.run(["shutdown"]);
  const named = await home.run(["graph", "nope"]);
  expect([named.code, named.stderr]).toEqual([1, expect.stringContaining("neither a file nor a pipeline is called 'nope'")]);
  await home.run(["shutdown"]);
  const missing = await home.run(["graph", "nope.toml"]);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("there is no such file")]);
  expect((await home.run(["status"])).code).toBe(1);
});
