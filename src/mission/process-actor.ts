import { fromCallback } from "xstate";
import { OvermindError } from "../base/errors.ts";
import type { Attempt } from "../runner/attempt.ts";
import type { AttemptFact, AttemptListener } from "../runner/attempt-fact.ts";
import { failedStart } from "./failed-start.ts";
import type { ProcessFact, ProcessInput, ProcessOrder } from "./machine-types.ts";
import type { ProcessOwner } from "./process-owner.ts";

/**
 * Joins one attempt's machine and its process. Ending this actor ends no process: a daemon that
 * shuts down leaves its agents to the next one.
 */
export const processActor = fromCallback<ProcessOrder, ProcessInput>(({ input, sendBack, receive }) => {
  const { owner } = input;
  if (owner === null) throw new Error("the process has no owner");
  let isOver = false;
  const tell = (fact: ProcessFact) => {
    if (!isOver) sendBack(fact);
  };
  let attempt: Attempt | null = null;
  const run = () =>
    orTell(() => {
      attempt = begin(input, owner, (fact) => judged(processFact(fact, owner), owner, tell));
      owner.holds(attempt);
    }, tell);
  receive((order) => {
    if (attempt !== null) obey(attempt, order, owner, tell);
    else if (order.type === "terminate" || order.type === "kill") tell(neverStarted);
  });
  let takeBack = () => undefined as unknown;
  orTell(() => {
    if (input.mode === "start") owner.intend(input);
    if (input.mode === "start") takeBack = owner.awaitTurn(run);
    else run();
  }, tell);
  return () => {
    isOver = true;
    takeBack();
    owner.holds(null);
  };
});

/** An agent's end is told once all that it said has been read. */
function judged(fact: ProcessFact, owner: ProcessOwner, tell: (fact: ProcessFact) => void): void {
  if (fact.type !== "process.ended" || fact.kind !== "exited") {
    tell(fact);
    return;
  }
  const judging = owner.judge(fact);
  if (judging === null) tell(fact);
  // Its words cannot know what the kernel did to it.
  else void judging.then((words) => tell(fact.verdict === undefined ? { ...fact, ...words } : fact));
}

// It was ended while it waited for its turn.
const neverStarted: ProcessFact = {
  type: "process.ended",
  kind: "exited",
  exitCode: null,
  signal: null,
  endedAt: null,
  isClean: true,
  ranMs: 0,
};

function orTell(work: () => void, tell: (fact: ProcessFact) => void): void {
  try {
    work();
  } catch (thrown) {
    tell(failedStart(thrown));
  }
}

function begin(input: ProcessInput, owner: ProcessOwner, listener: AttemptListener): Attempt {
  if (input.mode === "start") return owner.start(input, listener);
  const attempt = owner.adopt(input, listener);
  // Recovery looked before it asked to adopt: what it saw went away in between.
  if (typeof attempt === "string") throw new OvermindError("internal", `the attempt cannot be taken up: ${attempt}`);
  return attempt;
}

function processFact(fact: AttemptFact, owner: ProcessOwner): ProcessFact {
  switch (fact.type) {
    case "started":
      return { type: "process.started", osPid: fact.agent.pid, isAdopted: fact.isAdopted };
    case "spawn_error": {
      const { code: exitCode, endedAt, message: note } = fact;
      return { type: "process.ended", kind: "spawn_error", exitCode, signal: null, endedAt, isClean: true, ranMs: 0, note };
    }
    case "exited": {
      const { code: exitCode, signal, endedAt, isClean } = fact;
      const ranMs = owner.ranUnseen(endedAt);
      const rest = { ...(ranMs === null ? {} : { ranMs }), ...(fact.isOutOfMemory === true ? outOfMemory : {}) };
      return { type: "process.ended", kind: "exited", exitCode, signal, endedAt, isClean, ...rest };
    }
    case "lost":
      return { type: "process.ended", kind: "lost", exitCode: null, signal: null, endedAt: null, isClean: false };
  }
}

const outOfMemory = { verdict: "memory", note: "the kernel ended it at its memory limit" } as const;

function obey(attempt: Attempt, order: ProcessOrder, owner: ProcessOwner, tell: (fact: ProcessFact) => void): void {
  switch (order.type) {
    case "terminate":
      if (!owner.endPolitely(order.signal)) attempt.signalGroup(order.signal);
      // A stopped process handles nothing until it is continued.
      attempt.signalGroup("SIGCONT");
      owner.setStopped(false);
      break;
    case "kill":
      attempt.kill();
      break;
    case "pause":
      owner.setStopped(true);
      break;
    case "unpause":
      owner.setStopped(false);
      break;
    case "sweep":
      void sweep(attempt, order, owner).then(tell);
      break;
  }
}

async function sweep(attempt: Attempt, { how }: ProcessOrder & { type: "sweep" }, owner: ProcessOwner): Promise<ProcessFact> {
  if (how === "keep") {
    attempt.release();
    await attempt.terminal?.end();
    return { type: "process.swept", leftovers: [] };
  }
  const isKill = how === "kill";
  const swept = await attempt.sweep({
    isNatural: how === "natural",
    keepNames: isKill ? [] : owner.keepNames,
    ...(isKill ? { graceMs: 0 } : {}),
  });
  await attempt.terminal?.end();
  return { type: "process.swept", leftovers: swept.map(({ pid, command }) => ({ pid, command })) };
}
