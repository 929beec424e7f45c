import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { LoopbackPorts } from "../../../src/supervisor/pipeline/loopback-ports.ts";

const none = () => false;

describe("loopback ports", () => {
  it("are all different though they are chosen at the same moment and nobody listens yet", async () => {
    const ports = new LoopbackPorts(none);
    const chosen = await Promise.all(Array.from({ length: 200 }, () => ports.choose("p", undefined)));
    expect(new Set(chosen).size).toBe(200);
    expect(chosen.every((port) => port > 1023 && port < 65_536)).toBe(true);
  });

  it("are never one that another agent was given", async () => {
    const given = new Set<number>();
    const ports = new LoopbackPorts((port) => given.has(port));
    // What the system offers first counts as given.
    let refused = 0;
    const picky = new LoopbackPorts((port) => {
      if (refused === 3) return false;
      given.add(port);
      refused += 1;
      return true;
    });
    const port = await picky.choose("p", undefined);
    expect([refused, given.has(port)]).toEqual([3, false]);
    expect(given.has(await ports.choose("p", undefined))).toBe(false);
  });

  it("stay what they were, unless somebody listens there or another pipeline has it", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ports = new LoopbackPorts(none);
    expect(await ports.choose("p", port)).not.toBe(port);
    await new Promise((resolve) => server.close(resolve));
    const others = new LoopbackPorts((asked, besides) => asked === port && besides !== "owner");
    expect(await others.choose("other", port)).not.toBe(port);
    expect(await others.choose("owner", port)).toBe(port);
    // Promised to somebody until it is released.
    expect(await others.choose("owner", port)).not.toBe(port);
    others.release(port);
    expect(await others.choose("owner", port)).toBe(port);
  });

  it("cannot be had where all that the system offers are given", async () => {
    await expect(new LoopbackPorts(() => true).choose("p", undefined)).rejects.toThrow(
      "the system has no free port on 127.0.0.1: all that it offered are given to other agents",
    );
  });
});
