/**
 * What a mission's life has to be, written from the promises and not from the machine: small enough to be read in
 * one go, and slow on purpose. The machine is walked beside it.
 */
export type Phase =
  | "queued"
  | "starting"
  | "running"
  | "waiting"
  | "paused"
  | "interrupting"
  | "terminating"
  | "killing"
  | "sweeping"
  | "restarting"
  | "parked"
  | "handedOver"
  | "ended";

export const events = [
  "started",
  "ends well",
  "fails",
  "fails leaving something",
  "is lost",
  "cannot start",
  "meets a limit",
  "swept",
  "stop",
  "kill",
  "restart",
  "pause",
  "unpause",
  "hand over",
  "waits",
  "goes on",
  "spends all",
  "is silent",
  "takes all memory",
  "deadline",
  "queue moves",
  "released",
  "refused",
  "next timer",
] as const;
export type Event = (typeof events)[number];

export interface Rules {
  readonly restart: "never" | "on_failure" | "always";
  readonly onStall: "kill" | "interrupt" | "notify";
  readonly hasTimeout: boolean;
}

type Wish = "stop" | "kill" | "restart" | "handover" | "timeout" | "stalled" | "memory" | "deadline" | "budget" | null;
type Outcome = "well" | "badly" | "unborn" | "limited";

export interface Life {
  readonly phase: Phase;
  readonly wish: Wish;
  /** How the attempt ended, while what it left is looked for. */
  readonly outcome: Outcome | null;
  readonly attempts: number;
}

export const born = (isQueued: boolean): Life => ({
  phase: isQueued ? "queued" : "starting",
  wish: null,
  outcome: null,
  attempts: isQueued ? 0 : 1,
});

/** Nobody who asked for the end is overruled by anything but a kill. */
const stronger = (old: Wish, next: Wish): Wish => {
  if (next === "kill" || old === null) return next;
  if (old === "kill") return old;
  if (old === "stop" && next !== "stop") return old;
  return next;
};

const ended = (life: Life): Life => ({ ...life, phase: "ended" });
const anew = (life: Life): Life => ({ phase: "starting", wish: null, outcome: null, attempts: life.attempts + 1 });
const ending = (life: Life, wish: Wish, phase: Phase = "terminating"): Life => ({
  ...life,
  phase,
  wish: stronger(life.wish, wish),
});

const outcomes: Partial<Record<Event, Outcome>> = {
  "ends well": "well",
  fails: "badly",
  "fails leaving something": "badly",
  "is lost": "badly",
  "cannot start": "unborn",
  "meets a limit": "limited",
};

/** After an attempt: whoever asked decides, then what was met, then the policy. */
function after(life: Life, rules: Rules, outcome: Outcome): Life {
  switch (life.wish) {
    case "stop":
    case "kill":
    case "deadline":
      return ended(life);
    case "restart":
      return anew(life);
    case "handover":
      return { ...life, phase: "handedOver" };
    case "budget":
      return { ...life, phase: "parked" };
    default:
  }
  if (outcome === "unborn") return ended(life);
  if (outcome === "limited" && life.wish === null) return { ...life, phase: "parked" };
  const isCrash = outcome === "badly" || life.wish !== null;
  const startsAgain = rules.restart === "always" || (rules.restart === "on_failure" && isCrash);
  return startsAgain ? { ...life, phase: "restarting" } : ended(life);
}

/** What waits has nothing that must be ended first. */
function whileNothingRuns(life: Life, event: Event, goesOnBy: readonly Event[]): Life {
  if (event === "stop" || event === "kill" || event === "deadline") return ended(life);
  return goesOnBy.includes(event) ? anew(life) : life;
}

function whileItRuns(life: Life, event: Event, rules: Rules): Life {
  switch (event) {
    case "pause":
      return { ...life, phase: "paused" };
    case "waits":
      return { ...life, phase: "waiting" };
    case "hand over":
      return ending(life, "handover");
    case "spends all":
      return ending(life, "budget");
    case "takes all memory":
      return ending(life, "memory");
    case "is silent":
      if (rules.onStall === "notify") return life;
      return ending(life, "stalled", rules.onStall === "kill" ? "terminating" : "interrupting");
    case "next timer":
      return rules.hasTimeout ? ending(life, "timeout") : life;
    default:
      return life;
  }
}

function whileItWaits(life: Life, event: Event): Life {
  if (event === "goes on") return { ...life, phase: "running" };
  if (event === "hand over") return ending(life, "handover");
  return event === "spends all" ? ending(life, "budget") : life;
}

/** While an attempt is there. */
function whileThere(life: Life, event: Event, rules: Rules): Life {
  const outcome = outcomes[event];
  if (outcome !== undefined) {
    const leaves = event === "fails leaving something" || event === "is lost";
    return leaves ? { ...life, phase: "sweeping", outcome } : after(life, rules, outcome);
  }
  const isEnding = life.phase === "terminating" || life.phase === "killing";
  if (event === "kill") return ending(life, "kill", "killing");
  if (event === "stop" || event === "restart" || event === "deadline") {
    return ending(life, event, isEnding ? life.phase : "terminating");
  }
  switch (life.phase) {
    case "starting":
      return event === "started" ? { ...life, phase: "running" } : life;
    case "running":
      return whileItRuns(life, event, rules);
    case "waiting":
      return whileItWaits(life, event);
    case "paused":
      return event === "unpause" ? { ...life, phase: "running" } : life;
    case "interrupting":
      return event === "next timer" ? { ...life, phase: "terminating" } : life;
    case "terminating":
      return event === "next timer" ? { ...life, phase: "killing" } : life;
    default:
      return life;
  }
}

export function next(life: Life, event: Event, rules: Rules): Life {
  switch (life.phase) {
    case "ended":
      return life;
    case "queued":
      return event === "refused" ? ended(life) : whileNothingRuns(life, event, ["released"]);
    case "restarting":
      return whileNothingRuns(life, event, ["restart", "next timer"]);
    case "parked":
      return whileNothingRuns(life, event, ["restart", "goes on"]);
    case "handedOver":
      return whileNothingRuns(life, event, ["restart", "unpause"]);
    case "sweeping":
      if (event === "swept") return after({ ...life, outcome: null }, rules, life.outcome ?? "badly");
      if (event === "kill" || event === "stop" || event === "restart" || event === "deadline")
        return ending(life, event, "sweeping");
      return life;
    default:
      return whileThere(life, event, rules);
  }
}
