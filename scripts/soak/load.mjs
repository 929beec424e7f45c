// So many missions a second, whatever the daemon answers: what it does not keep up with is seen as missions that wait.
import { pause } from "../bench/timing.mjs";
import { nextKind } from "./kinds.mjs";

const tickMs = 50;
// Beyond this the daemon has fallen behind: more would measure the queue.
const mostUnderWay = 600;

export class Load {
  /** Missions asked for. */
  started = 0;
  underWay = 0;
  /** Missions that were left out, because too many were under way. */
  skipped = 0;
  /** What was wrong, the first few of each kind. */
  wrongs = [];
  wrongCount = 0;
  #wire;
  #chance;
  #rate;
  #isEnding = false;

  constructor(wire, chance, rate) {
    this.#wire = wire;
    this.#chance = chance;
    this.#rate = rate;
  }

  /** Starts missions until `end` is called. Time in which this process slept is not made up for. */
  async run() {
    let due = 0;
    let lookedAt = performance.now();
    while (!this.#isEnding) {
      const now = performance.now();
      due += (Math.min(now - lookedAt, 1000) / 1000) * this.#rate;
      lookedAt = now;
      while (due >= 1) due -= this.#startOne();
      await pause(tickMs);
    }
  }

  /** Starts nothing more, and waits for what is under way. */
  async end() {
    this.#isEnding = true;
    while (this.underWay > 0) await pause(100);
  }

  /** Does something that is counted as `count` missions, and keeps what it says was wrong. */
  async watch(name, count, work) {
    this.started += count;
    this.underWay += 1;
    try {
      const wrong = await work();
      if (wrong) this.note(name, wrong);
    } catch (error) {
      this.note(name, error.message);
    } finally {
      this.underWay -= 1;
    }
  }

  note(name, wrong) {
    this.wrongCount += 1;
    if (this.wrongs.length < 50) this.wrongs.push(`${new Date().toISOString()} ${name}: ${wrong}`);
  }

  #startOne() {
    const kind = nextKind(this.#chance);
    if (this.underWay >= mostUnderWay) this.skipped += kind.count;
    else void this.watch(kind.name, kind.count, () => kind.run(this.#wire));
    return kind.count;
  }
}
