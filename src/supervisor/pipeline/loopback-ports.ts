import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { OvermindError } from "../../base/errors.ts";

const loopback = "127.0.0.1";
/** Ports that the system offers and that are given already, one after the other, before it is given up. */
const mostRefused = 100;

/** Gives out loopback ports that nobody listens on, no two agents the same. */
export class LoopbackPorts {
  readonly #isGiven: (port: number, besides?: string) => boolean;
  /** Chosen, and not on record yet. */
  readonly #promised = new Set<number>();

  /** @param isGiven whether a live pipeline has a port on record; `besides` names one that does not count */
  constructor(isGiven: (port: number, besides?: string) => boolean) {
    this.#isGiven = isGiven;
  }

  /**
   * A port that stays promised until it is released: once it is on record, or nobody wants it any more.
   *
   * @param pipeline its id
   * @param former the one that the same step had before, which it gets again if it can
   * @throws OvermindError internal when the system has none
   */
  async choose(pipeline: string, former: number | undefined): Promise<number> {
    if (former !== undefined && !this.#promised.has(former) && !this.#isGiven(former, pipeline)) {
      this.#promised.add(former);
      if (await isFree(former)) return former;
      this.#promised.delete(former);
    }
    const held: Server[] = [];
    try {
      while (held.length < mostRefused) {
        const server = await listenOn(0);
        // Held until the end, so that the system offers another one.
        held.push(server);
        const { port } = server.address() as AddressInfo;
        if (this.#promised.has(port) || this.#isGiven(port)) continue;
        this.#promised.add(port);
        return port;
      }
    } catch (error) {
      throw noPort((error as Error).message, error);
    } finally {
      await Promise.all(held.map(closed));
    }
    throw noPort("all that it offered are given to other agents");
  }

  release(port: number): void {
    this.#promised.delete(port);
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    await closed(await listenOn(port));
    return true;
  } catch {
    return false;
  }
}

async function listenOn(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen({ host: loopback, port, exclusive: true });
  await once(server, "listening");
  return server;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

const noPort = (why: string, cause?: unknown): OvermindError =>
  new OvermindError("internal", `the system has no free port on ${loopback}: ${why}`, { cause });
