import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { delegatedTree, groupOf } from "../base/cgroup.ts";
import { AttemptGroup } from "./attempt-group.ts";

/** The part of the cgroup v2 tree that is this daemon's to divide. */
export class Cgroups {
  readonly #tree: string;
  /** Of attempts that are over, and in which something ran still. */
  readonly #leftOver = new Set<AttemptGroup>();

  private constructor(tree: string) {
    this.#tree = tree;
  }

  /**
   * Takes the tree over; null where it is nobody's gift or memory cannot be divided.
   *
   * @param group the directory of this process's own group
   */
  static open(group: string | null = groupOf("self")): Cgroups | null {
    const tree = group === null ? null : delegatedTree(group);
    if (tree === null) return null;
    try {
      const file = join(tree, "cgroup.subtree_control");
      if (!readFileSync(file, "latin1").split(/\s/).includes("memory")) writeFileSync(file, "+memory", { flag: "r+" });
    } catch {
      return null;
    }
    return new Cgroups(tree);
  }

  /** A group for an attempt whose processes together may use so many bytes; null when the kernel refuses one. */
  make(mission: string, attempt: number, bytes: number): AttemptGroup | null {
    this.#removeLeftOver();
    const path = this.#pathOf(mission, attempt);
    let group: AttemptGroup | null = null;
    try {
      if (!existsSync(path)) mkdirSync(path);
      group = new AttemptGroup(path);
      group.limit(bytes);
      return group;
    } catch {
      group?.remove();
      return null;
    }
  }

  /** The group of an attempt that a former daemon started; null when it has none. */
  find(mission: string, attempt: number): AttemptGroup | null {
    const path = this.#pathOf(mission, attempt);
    return existsSync(path) ? new AttemptGroup(path) : null;
  }

  /** The attempt is over: its group goes as soon as nothing runs in it. */
  drop(group: AttemptGroup): void {
    if (!group.remove()) this.#leftOver.add(group);
  }

  /**
   * Removes the groups of attempts that are over; what something still runs in stays. Not before every attempt that
   * ended without a daemon was told of: its group knows why.
   */
  collect(): void {
    const names = existsSync(this.#tree) ? readdirSync(this.#tree) : [];
    for (const name of names) if (namePattern.test(name)) new AttemptGroup(join(this.#tree, name)).remove();
  }

  #removeLeftOver(): void {
    for (const group of this.#leftOver) if (group.remove()) this.#leftOver.delete(group);
  }

  #pathOf(mission: string, attempt: number): string {
    return join(this.#tree, `mission-${mission}.${attempt}`);
  }
}

const namePattern = /^mission-[0-9a-z]+\.[1-9]\d*$/;
