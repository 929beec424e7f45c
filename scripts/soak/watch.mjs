// Looks at the daemon all the time, and tells a line each minute.

import { summarize } from "../bench/statistics.mjs";
import { pause } from "../bench/timing.mjs";
import { takeSample } from "./sampling.mjs";

const pingEveryMs = 500;

export class Watch {
  samples = [];
  #parts;
  #startedAt = performance.now();
  #sampledAt = this.#startedAt;
  #startedBefore = 0;
  #pings = [];
  #isEnding = false;
  #running = null;

  /** @param parts `{ home, pid, wire, load, everyMs, tell }`; `tell` gets each sample */
  constructor(parts) {
    this.#parts = parts;
  }

  begin() {
    this.#running = this.#run();
  }

  async end() {
    this.#isEnding = true;
    await this.#running;
  }

  /** Pings and samples take turns: this process's own work is not to be counted as the daemon's delay. */
  async #run() {
    const { wire, everyMs } = this.#parts;
    while (!this.#isEnding) {
      const askedAt = performance.now();
      await wire.request("ping");
      this.#pings.push(performance.now() - askedAt);
      if (performance.now() - this.#sampledAt >= everyMs) await this.#sample();
      await pause(pingEveryMs);
    }
  }

  async #sample() {
    const { home, pid, wire, load, tell } = this.#parts;
    const seen = await takeSample(home, pid, wire);
    const now = performance.now();
    const pings = summarize(this.#pings);
    const rate = ((load.started - this.#startedBefore) * 1000) / (now - this.#sampledAt);
    const sample = {
      atMs: Math.round(now - this.#startedAt),
      time: new Date().toISOString(),
      ...seen,
      missions: load.started,
      rate: Number(rate.toFixed(1)),
      under_way: load.underWay,
      wrong: load.wrongCount,
      ping_ms: Number(pings.median.toFixed(2)),
      ping_worst_ms: Number(pings.max.toFixed(2)),
    };
    this.#pings = [];
    this.#sampledAt = now;
    this.#startedBefore = load.started;
    this.samples.push(sample);
    tell(sample);
  }
}
