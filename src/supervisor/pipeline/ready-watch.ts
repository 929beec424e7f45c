import type { Timer } from "../../base/clock.ts";
import type { HomePaths } from "../../base/paths.ts";
import { readLog } from "../../output/read-log.ts";
import type { LiveMission } from "../live-mission.ts";
import { liveLog } from "../mission-log.ts";
import { ranMs } from "../row-timing.ts";
import { momentOf, type Surroundings } from "../surroundings.ts";

/** Waits until a mission has printed a text, or until its time is over. Reads from the beginning, also after a daemon's death. */
export class ReadyWatch {
  readonly #stop = new AbortController();
  readonly #timer: Timer;
  hasSeen: boolean;
  isLate = false;

  /**
   * @param text null: there is none to wait for
   * @param timeoutMs counts from the start of the mission's attempt
   * @param tell told of each change
   */
  constructor(
    mission: LiveMission,
    {
      text,
      timeoutMs,
      surroundings,
      tell,
    }: {
      readonly text: string | null;
      readonly timeoutMs: number;
      readonly surroundings: Surroundings;
      readonly tell: () => void;
    },
  ) {
    const { clock, paths } = surroundings;
    const leftMs = timeoutMs - ranMs(mission.row, momentOf(surroundings), clock.now());
    this.hasSeen = text === null;
    this.#timer = clock.after(Math.max(0, leftMs), () => {
      this.isLate = true;
      tell();
    });
    if (text !== null) void this.#read(mission, text, paths).then(tell, () => undefined);
  }

  close(): void {
    this.#timer.cancel();
    this.#stop.abort();
  }

  async #read(mission: LiveMission, text: string, home: HomePaths): Promise<void> {
    const source = liveLog(home, mission, true);
    try {
      const options = { follow: true, raw: false, linewise: false, signal: this.#stop.signal };
      for await (const { kind, bytes } of readLog(source, options)) {
        if (kind !== "output" || !bytes.includes(text)) continue;
        this.hasSeen = true;
        return;
      }
    } finally {
      source.close();
    }
  }
}
