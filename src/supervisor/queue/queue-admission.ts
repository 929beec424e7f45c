import { OvermindError } from "../../base/errors.ts";
import type { QueueSpec } from "../../mission/spec.ts";
import type { RunRequest } from "../daemon-context.ts";

export interface QueueDesk {
  /** Epoch ms. */
  readonly now: number;
  findId(reference: string): string | undefined;
  isPoolKnown(name: string): boolean;
}

/**
 * What a new mission waits for before its first attempt; null: nothing. What it names exists
 * already, so no ring of missions that wait for each other can arise.
 *
 * @throws OvermindError not_found, invalid_argument
 */
export function queueOf(request: RunRequest, desk: QueueDesk): QueueSpec | null {
  const { after = [], afterAny = false, delayMs, pool, priority = 0 } = request;
  if (after.length === 0 && delayMs === undefined && pool === undefined) return null;
  const ids = new Set(after.map((reference) => dependencyId(reference, request, desk)));
  if (pool !== undefined) checkPool(pool, desk);
  const notBefore = delayMs === undefined ? null : desk.now + delayMs;
  return { after: [...ids], afterAny, notBefore, pool: pool ?? null, priority };
}

/** @throws OvermindError invalid_argument when there is no such pool */
export function checkPool(pool: string, desk: Pick<QueueDesk, "isPoolKnown">): void {
  if (desk.isPoolKnown(pool)) return;
  throw new OvermindError("invalid_argument", `pool: there is no pool ${pool}`, {
    details: { field: "pool", pool },
    hint: `Make it first: overmind pool set ${pool} --slots 4`,
  });
}

function dependencyId(reference: string, { name }: RunRequest, desk: QueueDesk): string {
  const id = desk.findId(reference);
  if (id !== undefined) return id;
  if (reference === name) {
    throw new OvermindError("invalid_argument", "after: a mission cannot wait for itself", {
      details: { field: "after", reference },
    });
  }
  throw new OvermindError("not_found", undefined, {
    details: { field: "after", reference },
    hint: `No mission is called '${reference}'. See: overmind ps -a`,
  });
}
