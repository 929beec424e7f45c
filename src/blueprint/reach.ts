import { inOrder, type Node, type Nodes } from "./graph.ts";

/** What an agent may count on when it starts, as bits by agent. */
interface Before {
  readonly reached: Uint32Array;
  readonly ended: Uint32Array;
}

/** Which agents stand before which, in a graph without cycles; bits, as there may be thousands. */
export class Reach {
  readonly #nodes: Nodes;
  readonly #index: ReadonlyMap<string, number>;
  #before: Map<string, Before> | undefined;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#index = new Map([...nodes.keys()].map((name, index) => [name, index]));
  }

  /** Whether `name` has ended when `from` starts: the last step of some chain to it says so. */
  wayTo(from: string, name: string): "none" | "running" | "ended" {
    const direct = this.#nodes.get(from)?.dependsOn.find(({ agent }) => agent === name);
    if (direct?.condition === "completed" || direct?.condition === "finished") return "ended";
    this.#before ??= this.#walk();
    const before = this.#before.get(from);
    const index = this.#index.get(name);
    if (before === undefined || index === undefined) return "none";
    if (hasBit(before.ended, index)) return "ended";
    return hasBit(before.reached, index) ? "running" : "none";
  }

  #walk(): Map<string, Before> {
    const all = new Map<string, Before>();
    for (const node of inOrder(this.#nodes)) all.set(node.name, this.#beforeOf(node, all));
    return all;
  }

  #beforeOf({ dependsOn }: Node, all: ReadonlyMap<string, Before>): Before {
    const words = Math.ceil(this.#index.size / 32);
    const before = { reached: new Uint32Array(words), ended: new Uint32Array(words) };
    for (const { agent, condition } of dependsOn) {
      const index = this.#index.get(agent);
      const earlier = all.get(agent);
      if (index === undefined || earlier === undefined) continue;
      add(before.reached, earlier.reached);
      add(before.ended, earlier.ended);
      setBit(before.reached, index);
      if (condition === "completed" || condition === "finished") setBit(before.ended, index);
    }
    return before;
  }
}

const hasBit = (bits: Uint32Array, index: number): boolean => (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;

function setBit(bits: Uint32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}

function add(bits: Uint32Array, others: Uint32Array): void {
  for (let word = 0; word < bits.length; word += 1) bits[word] = (bits[word] ?? 0) | (others[word] ?? 0);
}
