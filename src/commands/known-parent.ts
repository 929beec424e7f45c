import type { DaemonContext } from "../supervisor/daemon-context.ts";

/** The id of the mission in which a caller runs; one that is not known here is no error. */
export function knownParent(daemon: DaemonContext, reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  try {
    return daemon.find(reference).id;
  } catch {
    return undefined;
  }
}
