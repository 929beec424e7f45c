import type { GroupSpec } from "./spec.ts";

/**
 * Which members start again when one of them crashes, in start order; the crashed one is among them.
 * The strategies are those of Erlang/OTP's supervisor.
 *
 * @param order live members in start order
 */
export function membersToRestart(strategy: GroupSpec["strategy"], order: readonly string[], crashed: string): readonly string[] {
  switch (strategy) {
    case "one_for_one":
      return [crashed];
    case "one_for_all":
      return order.includes(crashed) ? order : [...order, crashed];
    case "rest_for_one":
      return order.includes(crashed) ? order.slice(order.indexOf(crashed)) : [crashed];
  }
}

/** The crashes that a window of `maxSeconds` ending `at` still holds, with the new one. */
export function countCrash({ maxSeconds }: GroupSpec, crashes: readonly number[], at: number): readonly number[] {
  return [...crashes, at].filter((crash) => crash > at - maxSeconds * 1000);
}

/** Whether a group with these crashes in its window gives up: more than `maxRestarts`, where 0 is never. */
export const isExceeded = ({ maxRestarts }: GroupSpec, crashes: readonly number[]): boolean =>
  maxRestarts > 0 && crashes.length > maxRestarts;
