import type { Step } from "../../blueprint/pipeline.ts";
import { agentsWithPort } from "../../blueprint/port-use.ts";
import type { PipelineBook } from "./book.ts";
import type { LoopbackPorts } from "./loopback-ports.ts";

export type StepPort = { readonly port?: number } | { readonly why: string };

export interface StepPortsParts {
  /** The pipeline's id. */
  readonly pipeline: string;
  readonly book: PipelineBook;
  readonly ports: LoopbackPorts;
  /** One is known now. */
  look(): void;
}

/** Finds a port for each step of one pipeline that needs one, before the step is decided on. */
export class StepPorts {
  readonly #parts: StepPortsParts;
  readonly #needing: ReadonlySet<string>;
  readonly #known = new Map<string, StepPort | "looked for">();
  #isClosed = false;

  constructor(parts: StepPortsParts) {
    this.#parts = parts;
    this.#needing = agentsWithPort(parts.book.applied.blueprint);
  }

  close(): void {
    this.#isClosed = true;
    for (const step of [...this.#known.keys()]) this.settle(step);
  }

  /** Whether it is known what a step gets; if not, `look` is called once it is. */
  isKnown({ agent, name }: Step): boolean {
    if (!this.#needing.has(agent)) return true;
    const known = this.#known.get(name);
    if (known === undefined) void this.#find(name);
    return known !== undefined && known !== "looked for";
  }

  /** To be settled once it is on record. */
  portOf({ name }: Step): StepPort {
    const known = this.#known.get(name);
    return known === undefined || known === "looked for" ? {} : known;
  }

  settle(step: string): void {
    const known = this.#known.get(step);
    if (typeof known === "object" && "port" in known && known.port !== undefined) this.#parts.ports.release(known.port);
    this.#known.delete(step);
  }

  async #find(step: string): Promise<void> {
    const { pipeline, book, ports, look } = this.#parts;
    this.#known.set(step, "looked for");
    const found = await ports.choose(pipeline, book.portOf(step)).then(
      (port): StepPort => ({ port }),
      (error: Error): StepPort => ({ why: error.message }),
    );
    this.#known.set(step, found);
    if (this.#isClosed) this.settle(step);
    else look();
  }
}
