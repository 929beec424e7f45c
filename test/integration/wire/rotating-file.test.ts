import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RotatingFile } from "../../../src/server/rotating-file.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync("/tmp/om-d-");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("the daemon's log", () => {
  it("is put aside when it is full, and the oldest goes", () => {
    const log = new RotatingFile(`${home}/daemon.log`, { maxBytes: 100, files: 3 });
    for (let n = 10; n < 60; n += 1) log.write(`line ${n} ${"x".repeat(12)}\n`);
    log.close();
    expect(readdirSync(home).sort()).toEqual(["daemon.log", "daemon.log.1", "daemon.log.2"]);
    const all = ["daemon.log.2", "daemon.log.1", "daemon.log"].map((name) => readFileSync(`${home}/${name}`, "utf8")).join("");
    const numbers = [...all.matchAll(/line (\d+)/g)].map(([, n]) => Number(n));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 60 - numbers.length + i));
    for (const name of readdirSync(home)) expect(statSync(`${home}/${name}`).size).toBeLessThanOrEqual(100);
  });

  it("goes on in the file that is there, for its owner alone", () => {
    for (const line of ["one\n", "two\n"]) {
      const log = new RotatingFile(`${home}/daemon.log`);
      log.write(line);
      log.close();
    }
    expect(readFileSync(`${home}/daemon.log`, "utf8")).toBe("one\ntwo\n");
    expect(statSync(`${home}/daemon.log`).mode & 0o777).toBe(0o600);
  });

  it("never throws, and goes on when it can", () => {
    const log = new RotatingFile(`${home}/later/daemon.log`);
    expect(() => log.write("lost\n")).not.toThrow();
    const full = new RotatingFile("/dev/full");
    expect(() => full.write("lost\n")).not.toThrow();
  });
});
