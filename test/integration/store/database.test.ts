import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { migrations } from "../../../src/store/migrations.ts";
import { buildRow } from "../../support/builders.ts";
import { useScratch } from "./scratch.ts";

const scratch = useScratch();
const created = { time: 1, type: "mission.created", mission: "a2345678", attempt: null, data: {} };
const kept = "overmind.db.damaged-2026-01-31T12-00-00-000Z";
const now = Date.UTC(2026, 0, 31, 12);

/** A directory with a closed database that holds one mission. */
function closedDatabase(): { directory: string; path: string } {
  const directory = scratch.directory();
  const path = join(directory, "overmind.db");
  const store = scratch.open(path);
  store.record([{ event: created, insert: buildRow() }]);
  scratch.close(store);
  return { directory, path };
}

/** Runs statements on the closed file, as another program would. */
function meddle(path: string, ...statements: string[]): void {
  const connection = new Database(path);
  for (const statement of statements) connection.exec(statement);
  connection.close();
}

describe("a database", () => {
  it("begins empty, with the present schema", () => {
    const path = join(scratch.directory(), "overmind.db");
    const store = scratch.open(path);
    expect(store.keptAs).toBeNull();
    expect(store.missions.live()).toEqual([]);
    expect(store.events.lastSeq()).toBe(0);
    scratch.close(store);
    const connection = new Database(path, { readonly: true });
    expect(connection.pragma("user_version", { simple: true })).toBe(migrations.length);
    expect(connection.pragma("journal_mode", { simple: true })).toBe("wal");
    connection.close();
  });

  it("may be an empty file, as a full disk leaves one", () => {
    const path = join(scratch.directory(), "overmind.db");
    writeFileSync(path, "");
    expect(scratch.open(path)).toMatchObject({ keptAs: null });
  });

  it("still knows everything when it is opened again", () => {
    const { path } = closedDatabase();
    const store = scratch.open(path);
    expect(store.missions.byId("a2345678")).toEqual(buildRow());
    expect(store.events.after(0, 10)).toMatchObject([{ seq: 1, type: "mission.created" }]);
  });

  it("of an older version is brought up to date, and keeps what it knows", () => {
    const path = join(scratch.directory(), "overmind.db");
    const insert = "INSERT INTO missions (id, name, created_at, spec, status) VALUES ('a2345678', 'old', 1, '{}', 'running')";
    meddle(path, "PRAGMA journal_mode = WAL", migrations[0] ?? "", insert, "PRAGMA user_version = 1");
    const store = scratch.open(path);
    expect(store.missions.byId("a2345678")).toMatchObject({ name: "old", status: "running", timing: null });
    store.missions.update("a2345678", { timing: { boot: "b1", startedMs: 5 } });
    expect(store.missions.byId("a2345678")?.timing).toEqual({ boot: "b1", startedMs: 5 });
  });

  it("still knows what was stored when its daemon was killed", () => {
    const { path } = closedDatabase();
    const killed = scratch.open(path);
    killed.record([{ event: created, mission: { status: "running" } }]);
    // Nothing was closed: the facts are in the write-ahead log alone.
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    expect(scratch.open(path).missions.byId("a2345678")?.status).toBe("running");
  });

  it("and all its files are for the owner alone, whatever the umask and whatever they were", () => {
    const umask = process.umask(0o022);
    try {
      const { directory, path } = closedDatabase();
      meddle(path, "PRAGMA user_version");
      scratch.open(path).record([{ event: created }]);
      const modes = readdirSync(directory).map((name) => [name, (statSync(join(directory, name)).mode & 0o777).toString(8)]);
      expect(modes.toSorted()).toEqual([
        ["overmind.db", "600"],
        ["overmind.db-shm", "600"],
        ["overmind.db-wal", "600"],
      ]);
    } finally {
      process.umask(umask);
    }
  });
});

describe("a database of a newer Overmind", () => {
  it("is refused and left as it is", () => {
    const { directory, path } = closedDatabase();
    const newer = migrations.length + 1;
    meddle(path, `PRAGMA user_version = ${newer}`);
    const before = readFileSync(path);
    expect(() => scratch.open(path)).toThrow(
      expect.objectContaining({ code: "home_unusable", details: { path, found: newer, known: migrations.length } }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(directory).filter((name) => name.includes("damaged"))).toEqual([]);
  });
});

describe("a database that cannot be read", () => {
  const damages: readonly [string, (sound: Buffer) => Buffer][] = [
    ["text", () => Buffer.from("this is no database, but somebody's notes\n".repeat(200))],
    ["zeros behind its head", (sound) => Buffer.concat([sound.subarray(0, 100), Buffer.alloc(sound.length - 100)])],
    ["noise in its middle", (sound) => Buffer.concat([sound.subarray(0, 4096), Buffer.alloc(sound.length - 4096, 0xa5)])],
    ["cut off", (sound) => sound.subarray(0, Math.floor(sound.length / 2) + 100)],
  ];

  it.each(damages)("because it is %s is kept aside byte for byte, and a new one begun", (_, damage) => {
    const { directory, path } = closedDatabase();
    const damaged = damage(readFileSync(path));
    writeFileSync(path, damaged);
    const store = scratch.open(path, now);
    expect(store.keptAs).toBe(join(directory, kept));
    expect(readFileSync(join(directory, kept)).equals(damaged)).toBe(true);
    expect(store.missions.live()).toEqual([]);
    store.record([{ event: created, insert: buildRow() }]);
    expect(store.missions.live()).toHaveLength(1);
  });

  it("takes its write-ahead log along", () => {
    const { directory, path } = closedDatabase();
    writeFileSync(path, "x".repeat(5000));
    writeFileSync(`${path}-wal`, "what was written last");
    scratch.open(path, now);
    expect(readFileSync(join(directory, `${kept}-wal`), "utf8")).toBe("what was written last");
  });

  it("keeps facts that are only in its write-ahead log, and stays as it was", () => {
    const { directory, path } = closedDatabase();
    const killed = scratch.open(path);
    killed.record([{ event: { ...created, type: "written.last" } }]);
    const log = readFileSync(`${path}-wal`);
    const noise = Buffer.concat([readFileSync(path).subarray(0, 100), Buffer.alloc(40_000, 0xa5)]);
    const elsewhere = join(scratch.directory(), "overmind.db");
    writeFileSync(elsewhere, noise);
    writeFileSync(`${elsewhere}-wal`, log);
    const { keptAs } = scratch.open(elsewhere, now);
    if (keptAs === null) throw new Error(`nothing of ${directory} was kept aside`);
    expect(readFileSync(keptAs).equals(noise)).toBe(true);
    expect(readFileSync(`${keptAs}-wal`).equals(log)).toBe(true);
  });

  it("does not replace what was kept aside in the same millisecond", () => {
    const { directory, path } = closedDatabase();
    writeFileSync(path, "first ".repeat(1000));
    scratch.close(scratch.open(path, now));
    writeFileSync(path, "second ".repeat(1000));
    const second = scratch.open(path, now).keptAs ?? "";
    expect(second).not.toBe(join(directory, kept));
    expect(readFileSync(join(directory, kept), "utf8")).toMatch(/^first /);
    expect(readFileSync(second, "utf8")).toMatch(/^second /);
  });
});

describe("a path that holds no database at all", () => {
  it("is told, and nothing is moved", () => {
    const directory = scratch.directory();
    expect(() => scratch.open(directory)).toThrow();
    expect(existsSync(directory)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
  });
});
