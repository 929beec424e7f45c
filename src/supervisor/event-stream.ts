import { matchesAnyGlob } from "../base/glob.ts";
import type { EventBus } from "../events/bus.ts";
import { Changes } from "../output/changes.ts";
import type { EventView } from "../protocol/messages.ts";
import type { EventTable } from "../store/event-table.ts";
import type { EventFilter } from "./daemon-context.ts";

const batch = 500;

/**
 * Events with a seq above `since`, oldest first; with `follow` also the coming ones until the
 * signal aborts. They are read from the log by cursor, so that a slow reader holds no memory.
 */
export async function* eventStream(
  filter: EventFilter & { readonly follow: boolean; readonly signal: AbortSignal },
  events: EventTable,
  bus: EventBus,
): AsyncGenerator<EventView> {
  const changes = new Changes();
  const stop = bus.on(filter.mission ?? "*", () => changes.notify());
  let cursor = filter.since ?? 0;
  try {
    while (!filter.signal.aborted) {
      const changed = changes.next(filter.signal);
      const found = events.after(cursor, batch, filter.mission);
      for (const event of found) {
        cursor = event.seq;
        if (filter.type === undefined || matchesAnyGlob(filter.type, event.type)) yield event;
      }
      if (found.length === batch) continue;
      if (!filter.follow) return;
      await changed;
    }
  } finally {
    stop();
  }
}
