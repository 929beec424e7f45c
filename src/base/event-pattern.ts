import { eventTypes } from "./event-types.ts";
import { nearestWord } from "./nearest-word.ts";

/** The type of event, or one of `families`, that a pattern which matches none was probably meant to be. */
export function meantEventType(pattern: string, families: readonly string[]): string | undefined {
  return eventTypes.find((type) => type.endsWith(`.${pattern}`)) ?? nearestWord(pattern, [...eventTypes, ...families]);
}
