import { OvermindError } from "../../base/errors.ts";
import type { EventBus } from "../../events/bus.ts";
import type { HookView } from "../../protocol/config.ts";
import { endFormerHook } from "../../runner/hook-process.ts";
import type { HookSpec, Settings } from "../../settings/settings.ts";
import { Slots } from "../queue/slots.ts";
import { HookQueue, type HookQueueParts } from "./hook-queue.ts";

export interface HooksParts extends Omit<HookQueueParts, "slots"> {
  readonly bus: EventBus;
  readonly settings: { readonly current: Settings };
}

/** Runs the commands of `[[hooks]]` on the events they ask for: at least once, in order for each hook. */
export class Hooks {
  readonly #parts: HookQueueParts;
  readonly #settings: HooksParts["settings"];
  readonly #bus: EventBus;
  #queues = new Map<string, HookQueue>();
  /** Those that the configuration names no more and that still end. */
  readonly #leaving = new Set<Promise<void>>();
  #unlisten: (() => void) | null = null;

  /** Hooks that are new begin with the next event. Nothing is delivered before `open`. */
  constructor({ bus, settings, ...parts }: HooksParts) {
    this.#settings = settings;
    this.#bus = bus;
    this.#parts = { ...parts, slots: new Slots(() => settings.current.hooks_at_once) };
    for (const { process } of parts.store.hooks.all()) if (process !== null) endFormerHook(process, parts.host);
    this.#take(settings.current.hooks);
  }

  open(): void {
    for (const queue of this.#queues.values()) queue.open();
    this.#unlisten = this.#bus.on("*", (event) => {
      for (const queue of this.#queues.values()) queue.notice(event);
    });
  }

  /** The configuration has changed. */
  reload(): void {
    const { hooks } = this.#settings.current;
    for (const spec of hooks) this.#queues.get(spec.name)?.change(spec);
    for (const queue of this.#take(hooks)) queue.open();
  }

  views(): HookView[] {
    return [...this.#queues.values()].map((queue) => queue.view());
  }

  /**
   * Has dead deliveries tried again, of the hooks named or of all. Answers how many.
   *
   * @throws OvermindError invalid_argument for a hook that is not there
   */
  retry(names: readonly string[]): number {
    const chosen = names.length === 0 ? [...this.#queues.values()] : names.map((name) => this.#find(name));
    return chosen.reduce((sum, queue) => sum + queue.retry(), 0);
  }

  /** Ends hooks at work; what they were delivering is delivered again by the next daemon. */
  async close(): Promise<void> {
    this.#unlisten?.();
    await Promise.all([...[...this.#queues.values()].map((queue) => queue.close()), ...this.#leaving]);
  }

  /** Makes queues for new hooks and lets go of those that are no more; answers the new ones. */
  #take(specs: readonly HookSpec[]): HookQueue[] {
    const { store } = this.#parts;
    const rows = new Map(store.hooks.all().map((row) => [row.name, row]));
    const former = this.#queues;
    const made: HookQueue[] = [];
    this.#queues = new Map(
      specs.map((spec) => {
        const known = former.get(spec.name);
        if (known !== undefined) return [spec.name, known];
        const row = { ...(rows.get(spec.name) ?? newRow(spec.name, store.events.lastSeq())), process: null };
        store.hooks.save(row);
        const queue = new HookQueue(spec, row, this.#parts);
        made.push(queue);
        return [spec.name, queue];
      }),
    );
    for (const name of rows.keys()) if (!this.#queues.has(name)) this.#drop(name, former.get(name));
    return made;
  }

  #drop(name: string, queue: HookQueue | undefined): void {
    const isGone = (queue?.close() ?? Promise.resolve()).then(() => {
      this.#leaving.delete(isGone);
      // It may have come back meanwhile.
      if (!this.#queues.has(name)) this.#parts.store.hooks.remove(name);
    });
    this.#leaving.add(isGone);
  }

  #find(name: string): HookQueue {
    const queue = this.#queues.get(name);
    if (queue !== undefined) return queue;
    throw new OvermindError("invalid_argument", `no hook is called ${name}`, {
      details: { field: "hooks", known: [...this.#queues.keys()] },
      hint: "overmind hooks lists them.",
    });
  }
}

const newRow = (name: string, cursor: number) => ({
  name,
  cursor,
  delivered: 0,
  tries: 0,
  retry_at: null,
  last_error: null,
  last_error_at: null,
  process: null,
});
