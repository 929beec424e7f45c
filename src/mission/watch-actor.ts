import { fromCallback } from "xstate";
import type { WatchInput } from "./machine-types.ts";

/** Watches over an attempt for as long as its machine says that it runs. */
export const watchActor = fromCallback<{ type: "none" }, WatchInput>(({ input, sendBack }) => input.owner?.watch(sendBack));
