import type { Statement } from "better-sqlite3";
import type { Spent, TokenUsage, UsageKey, UsageRow } from "../protocol/usage.ts";
import type { Connection } from "./database.ts";

/** One turn of an agent: what it used. */
export interface TurnRow extends TokenUsage {
  readonly mission: string;
  readonly attempt: number;
  readonly turn: number;
  /** Epoch ms of its end. */
  readonly time: number;
  readonly name: string;
  readonly parent: string | null;
  readonly account: string;
  readonly provider: string;
  readonly model: string | null;
}

export interface TurnFilter {
  /** Epoch ms. */
  readonly since?: number | undefined;
  /** This mission and all that are, or were, below it. */
  readonly tree?: string | undefined;
}

const keyColumns: Readonly<Record<UsageKey, string>> = {
  mission: "mission",
  provider: "provider",
  account: "account",
  model: "coalesce(model, '-')",
  day: "date(time / 1000, 'unixepoch', 'localtime')",
  turn: "strftime('%Y-%m-%dT%H:%M:%fZ', time / 1000.0, 'unixepoch') || ' ' || mission || ' ' || attempt || '.' || turn",
};

const sums = ["input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"]
  .map((column) => `sum(${column}) AS ${column}`)
  .join(", ");

// Missions that were removed are known by their turns alone.
const tree = `WITH RECURSIVE tree (id) AS (
  SELECT @tree
  UNION SELECT missions.id FROM missions JOIN tree ON missions.parent = tree.id
  UNION SELECT turns.mission FROM turns JOIN tree ON turns.parent = tree.id)`;

/** The turns of all agents, also of missions that were removed. */
export class TurnTable {
  readonly #connection: Connection;
  readonly #add: Statement;
  readonly #spent: Statement;
  readonly #prune: Statement;

  constructor(connection: Connection) {
    this.#connection = connection;
    // Told twice where a daemon died as it told it: it counts once.
    this.#add = connection.prepare(
      `INSERT OR IGNORE INTO turns (mission, attempt, turn, time, name, parent, account, provider, model,
         input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd)
       VALUES (@mission, @attempt, @turn, @time, @name, @parent, @account, @provider, @model,
         @input_tokens, @cached_tokens, @cache_write_tokens, @output_tokens, @reasoning_tokens, @cost_usd)`,
    );
    this.#spent = connection.prepare(
      `${tree} SELECT coalesce(sum(cost_usd), 0) AS cost,
         coalesce(sum(input_tokens + cache_write_tokens + output_tokens), 0) AS tokens, count(*) AS turns
       FROM turns WHERE mission IN (SELECT id FROM tree)`,
    );
    this.#prune = connection.prepare("DELETE FROM turns WHERE time < ?");
  }

  add(row: TurnRow): void {
    this.#add.run(row);
  }

  /** What a mission and all below it have spent so far. */
  spent(id: string): Spent {
    return this.#spent.get({ tree: id }) as Spent;
  }

  /** Sums by key, in the order of the keys. */
  sums(by: UsageKey, { since, tree: root }: TurnFilter): UsageRow[] {
    const where = [
      ...(since === undefined ? [] : ["time >= @since"]),
      ...(root === undefined ? [] : ["mission IN (SELECT id FROM tree)"]),
    ];
    const rows = this.#connection
      .prepare(
        `${root === undefined ? "" : tree} SELECT ${keyColumns[by]} AS key, ${by === "mission" ? "max(name)" : "NULL"} AS name,
           ${sums}, sum(cost_usd) AS cost_usd, count(*) AS turns, count(*) - count(cost_usd) AS turns_without_cost
         FROM turns ${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`} GROUP BY key ORDER BY ${by === "mission" ? "min(time)" : "key"}`,
      )
      .all({ since: since ?? 0, tree: root ?? "" });
    return rows as UsageRow[];
  }

  /** Forgets what is older. Epoch ms. */
  prune(before: number): void {
    this.#prune.run(before);
  }
}
