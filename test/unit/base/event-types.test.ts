import { expect, expectTypeOf, it } from "vitest";
import { type EventType, eventTypes } from "../../../src/base/event-types.ts";
import type { DomainEvent } from "../../../src/events/domain-event.ts";

// The compiler checks it: `npm run types` fails where a type of event is missing here, or is none.
it("the types of all events are listed", () => {
  expectTypeOf<EventType>().toEqualTypeOf<DomainEvent["type"] | "mission.attempt_rebuilt" | "mission.turn_rebuilt">();
  expect(new Set(eventTypes).size).toBe(eventTypes.length);
});
