import type { ProcessEnd } from "../../mission/classify-end.ts";
import type { Verdict } from "../../mission/process-owner.ts";
import type { MissionSpec } from "../../mission/spec.ts";
import { classifyEnd } from "../../providers/classify-ending.ts";
import type { ReaderState } from "../../providers/conversation.ts";
import type { Provider } from "../../providers/provider.ts";
import type { LimitKeeper } from "../limits/limit-keeper.ts";

/** What an agent's words and its end together mean, and until when the limit holds that it met; see `classifyEnd`. */
export function verdictOf(
  { exitCode, signal }: ProcessEnd,
  state: ReaderState,
  spec: MissionSpec,
  { endingRules }: Provider,
  limits: LimitKeeper,
): Verdict {
  const { successCodes } = spec.policy;
  const type = spec.type === "session" ? "session" : "task";
  const ending = classifyEnd({ exitCode, signal, successCodes }, state, type, endingRules);
  const until = ending.reason === "rate_limited" ? limits.met(spec, ending.until ?? null) : undefined;
  const note = ending.reason === "completed" ? {} : { note: ending.note };
  return { verdict: ending.reason, ...note, ...(until === undefined ? {} : { until }) };
}
