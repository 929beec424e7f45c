import { inOrder, type Node, type Nodes } from "./graph.ts";

/** What each agent may count on when it starts: a row of bits for each, one bit for each agent. */
interface Before {
  readonly reached: Uint32Array;
  readonly ended: Uint32Array;
}

/** Which agents stand before which, in a graph without cycles; bits, as there may be thousands. */
export class Reach {
  readonly #nodes: Nodes;
  readonly #index: ReadonlyMap<string, number>;
  /** Words of a row. */
  readonly #width: number;
  #before: Before | undefined;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#index = new Map([...nodes.keys()].map((name, index) => [name, index]));
    this.#width = Math.ceil(nodes.size / 32);
  }

  /** Whether `name` has ended when `from` starts: the last step of some chain to it says so. */
  wayTo(from: string, name: string): "none" | "running" | "ended" {
    const direct = this.#nodes.get(from)?.dependsOn.find(({ agent }) => agent === name);
    if (direct?.condition === "completed" || direct?.condition === "finished") return "ended";
    const own = this.#index.get(from);
    const index = this.#index.get(name);
    if (own === undefined || index === undefined) return "none";
    this.#before ??= this.#walk();
    const { reached, ended } = this.#before;
    if (hasBit(ended, own * this.#width, index)) return "ended";
    return hasBit(reached, own * this.#width, index) ? "running" : "none";
  }

  #walk(): Before {
    const words = this.#width * this.#nodes.size;
    const before = { reached: new Uint32Array(words), ended: new Uint32Array(words) };
    for (const node of inOrder(this.#nodes)) this.#fill(node, before);
    return before;
  }

  #fill({ name, dependsOn }: Node, { reached, ended }: Before): void {
    const row = (this.#index.get(name) ?? 0) * this.#width;
    for (const { agent, condition } of dependsOn) {
      const index = this.#index.get(agent);
      if (index === undefined) continue;
      addRow(reached, row, index * this.#width, this.#width);
      addRow(ended, row, index * this.#width, this.#width);
      setBit(reached, row, index);
      if (condition === "completed" || condition === "finished") setBit(ended, row, index);
    }
  }
}

const hasBit = (bits: Uint32Array, row: number, index: number): boolean =>
  (((bits[row + (index >>> 5)] ?? 0) >>> (index & 31)) & 1) === 1;

function setBit(bits: Uint32Array, row: number, index: number): void {
  const word = row + (index >>> 5);
  bits[word] = (bits[word] ?? 0) | (1 << (index & 31));
}

function addRow(bits: Uint32Array, to: number, from: number, width: number): void {
  for (let word = 0; word < width; word += 1) bits[to + word] = (bits[to + word] ?? 0) | (bits[from + word] ?? 0);
}
