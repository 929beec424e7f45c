import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttemptPaths, homePaths, missionPaths } from "../../../src/base/paths.ts";
import { TimeIndexReader } from "../../../src/output/time-index.ts";
import { readClaim, readExit } from "../../../src/runner/attempt-files.ts";
import { settledFile } from "../../../src/settings/last-good.ts";
import { makeMissionFiles, makeMissionsDirectory, missionEnvironment } from "../../../src/supervisor/mission-files.ts";
import { EndBook } from "../../../src/supervisor/recovery/end-book.ts";
import { factsFromFiles, poolFacts } from "../../../src/supervisor/recovery/rebuild.ts";
import { unsent } from "../../../src/supervisor/talk/messages.ts";
import { TalkFile } from "../../../src/supervisor/talk/talk-file.ts";
import { buildSpec } from "../../support/builders.ts";
import { assertKept, casesOf } from "../../support/corpus.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();
const ids = ["a2345678", "b2345678"];
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What stands in the files of a home as a daemon leaves them. */
const whole = {
  env: `A=b\0=${JSON.stringify(buildSpec({ id: "a2345678", name: "a" }))}\0`,
  record: `${"6 - 1700000000000 clean\n".padEnd(128)}boot 11111111-2222 4026531836\nshim 10 111 subreaper\nagent 11 112\nbegun 5 1700000000000\n`,
  ends: "a2345678 1 crashed failed 1700000000000\nb2345678 1 stopped completed 1700000000000\n",
  pools: JSON.stringify([{ name: "narrow", slots: 2, paused: false, created_at: 1 }]),
  talk: '{"did":"begin","attempt":1,"before":{},"counters":null,"resumes":null}\n{"did":"queue","id":"x","text":"hello"}\n',
  times: "6 1700000000000".padEnd(32),
  lastConfig: "keep_days = 3\n",
};
type Which = keyof typeof whole;

/** Writes one of the files of a home anew, and lets everybody read who reads such files at a start. */
function survives(which: Which, latin1: string): void {
  const home = homePaths({ OVERMIND_HOME: scratch.directory() });
  makeMissionsDirectory(home);
  for (const id of ids) makeMissionFiles(home, buildSpec({ id, name: id.slice(0, 1) }), Buffer.from("A=b\0"));
  const mission = missionPaths(home, "a2345678");
  const attempt = mission.attempt(1);
  const talk = new TalkFile(mission.directory);
  const paths = { env: mission.environment, talk: talk.path, record: attempt.record, times: attempt.times };
  const all: Record<Which, string> = { ...paths, ends: home.ends, pools: home.pools, lastConfig: home.lastConfig };
  for (const name of Object.keys(all) as Which[]) write(all[name], name === which ? latin1 : whole[name]);
  writeFileSync(home.config, "= broken");

  unsent(talk.records());
  missionEnvironment(mission);
  readAttempt(attempt);
  if (which !== "lastConfig") expect(settledFile(home).error).toContain("config.toml");
  else expect(() => settledFile(home).file).not.toThrow(TypeError);
  const facts = factsFromFiles(home, 1, new EndBook(home.ends, log).read());
  const store = scratch.open(home.database);
  store.record([...facts, ...poolFacts(home.pools, 1)]);
  // The other mission loses nothing by it.
  expect(store.missions.byId("b2345678")?.name).toBe("b");
  expect(store.missions.live().concat(store.missions.finished({})).length).toBeLessThanOrEqual(ids.length);
  scratch.close(store);
}

function readAttempt(paths: AttemptPaths): void {
  readClaim(paths);
  const exit = readExit(paths);
  if (exit !== null) expect(Number.isFinite(exit.code)).toBe(true);
  const times = new TimeIndexReader(paths.times);
  times.recordAt(3);
  times.startOf(5);
  times.end();
  times.close();
}

function write(path: string, latin1: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, latin1, "latin1");
  expect(existsSync(path) && readFileSync(path, "latin1")).toBe(latin1);
}

const names = fc.constantFrom(...(Object.keys(whole) as Which[]));
const hurt = names.chain((which) => {
  const text = whole[which];
  const cut = fc.nat({ max: text.length }).map((at) => text.slice(0, at));
  const overwritten = fc
    .tuple(fc.nat({ max: text.length }), fc.string({ unit: "binary-ascii", maxLength: 12 }))
    .map(([at, noise]) => text.slice(0, at) + noise + text.slice(at + noise.length));
  const twice = fc.constant(text + text);
  const other = fc.constantFrom(...Object.values(whole));
  const noise = fc.string({ unit: "binary-ascii" });
  return fc.tuple(fc.constant(which), fc.oneof(cut, overwritten, twice, other, noise));
});

describe("a file beside the database that somebody wrote into", () => {
  it("says less than before, and keeps no daemon from starting", () => {
    assertKept(
      "files",
      fc.property(hurt, (values) => survives(...values)),
      { numRuns: 80 },
    );
  });

  it.each(casesOf<[Which, string]>("files"))("does so in the kept case $name", ({ values }) => survives(...values));
});
