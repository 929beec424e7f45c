import type { TokenUsage } from "../../protocol/usage.ts";

/** What agents have used in turns that have not ended, where they tell. */
export class RunningUsage {
  readonly #byMission = new Map<string, TokenUsage>();
  #tell: (mission: string) => void = () => undefined;

  /** Calls `listener` with the mission whenever it used more. */
  follow(listener: (mission: string) => void): void {
    this.#tell = listener;
  }

  /** Null: no turn runs, or its agent tells nothing before its end. */
  of(mission: string): TokenUsage | null {
    return this.#byMission.get(mission) ?? null;
  }

  get isEmpty(): boolean {
    return this.#byMission.size === 0;
  }

  set(mission: string, usage: TokenUsage): void {
    if (isNothing(usage)) {
      this.#byMission.delete(mission);
      return;
    }
    if (this.#byMission.get(mission) === usage) return;
    this.#byMission.set(mission, usage);
    this.#tell(mission);
  }

  forget(mission: string): void {
    this.#byMission.delete(mission);
  }
}

export const isNothing = ({ input_tokens, cached_tokens, cache_write_tokens, output_tokens }: TokenUsage): boolean =>
  input_tokens + cached_tokens + cache_write_tokens + output_tokens === 0;
