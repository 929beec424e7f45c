import { isConnectionLost, isShuttingDown } from "./failures.ts";

/** Connections lost in a row, nothing having come in between, after which the client gives up. */
const mostLosses = 5;

/** What brings a connection back, or throws the error that it is given. */
export interface Reconnects {
  reconnect(error: unknown, signal?: AbortSignal): Promise<void>;
}

/** Repeats `ask` when its connection is lost under it. */
export async function outliving<Answer>(
  connections: Reconnects,
  ask: () => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  for (let losses = 1; ; losses += 1) {
    try {
      return await ask();
    } catch (error) {
      await recover(connections, error, losses, signal);
    }
  }
}

/** Goes on behind the last event when the connection is lost under a stream. */
export async function* outlivingStream<Event>(
  connections: Reconnects,
  open: (last: Event | undefined) => AsyncGenerator<Event, unknown>,
  signal?: AbortSignal,
): AsyncGenerator<Event, unknown> {
  let last: Event | undefined;
  for (let losses = 1; ; losses += 1) {
    const events = open(last);
    try {
      // By hand, as the answer is the return value, and only what the stream throws is a loss: an
      // error of the consumer must leave through `finally`.
      for (let next = await events.next(); ; next = await events.next()) {
        if (next.done) return next.value;
        last = next.value;
        losses = 0;
        yield last;
      }
    } catch (error) {
      await recover(connections, error, losses, signal);
    } finally {
      await events.return(undefined);
    }
  }
}

async function recover(connections: Reconnects, error: unknown, losses: number, signal?: AbortSignal): Promise<void> {
  const isLoss = isConnectionLost(error) || isShuttingDown(error);
  if (!isLoss || losses > mostLosses) throw error;
  signal?.throwIfAborted();
  await connections.reconnect(error, signal);
}
