import { fromCallback } from "xstate";
import { failedStart } from "./failed-start.ts";
import type { ProcessFact, ProcessInput, ProcessOrder } from "./machine-types.ts";

/**
 * Stands where other missions have a process: a group runs as long as it holds members, and ends
 * when they have. Ending this actor ends no member: a daemon that shuts down leaves them to the next.
 */
export const groupActor = fromCallback<ProcessOrder, ProcessInput>(({ input, sendBack, receive }) => {
  const { owner, mode } = input;
  const members = owner?.members;
  if (owner === null || members == null) throw new Error("the group has no members' keeper");
  let isOver = false;
  const tell = (fact: ProcessFact) => {
    if (!isOver) sendBack(fact);
  };
  let takeBack = () => undefined as unknown;
  let isOpen = false;
  const open = () => {
    isOpen = true;
    tell({ type: "process.started", osPid: null, isAdopted: mode === "adopt" });
    members.open(mode, (end) => tell({ type: "process.ended", kind: "exited", signal: null, isClean: true, ...end }));
  };
  receive((order) => {
    if (order.type !== "terminate" && order.type !== "kill") return;
    if (isOpen) return members.end(order.type === "kill" ? "kill" : "stop");
    tell({ type: "process.ended", kind: "exited", exitCode: 0, signal: null, endedAt: null, isClean: true, ranMs: 0 });
  });
  try {
    if (mode === "start") owner.intend(input);
    if (mode === "start") takeBack = owner.awaitTurn(open);
    else open();
  } catch (thrown) {
    tell(failedStart(thrown));
  }
  return () => {
    isOver = true;
    takeBack();
    members.close();
  };
});
