import type { ProcessLookups } from "./find-leftovers.ts";
import { isRunning, type ProcessIdentity, type ProcessStat, signalProcess } from "./identity.ts";
import { commandOf, readMarkers, readProcessTable } from "./process-table.ts";

/** The machine's processes as a sweep sees and touches them. */
export interface ProcessWorld extends ProcessLookups {
  /** What runs now: read after this call, and shared by all calls that wait for it. */
  table(): Promise<ProcessStat[]>;
  isRunning(identity: ProcessIdentity): boolean;
  /** Signals exactly this process. */
  signal(identity: ProcessIdentity, signal: NodeJS.Signals): boolean;
  commandOf(process: ProcessStat): string;
}

/** The real one. */
export function systemProcesses(): ProcessWorld {
  let coming: Promise<ProcessStat[]> | null = null;
  const read = (resolve: (table: ProcessStat[]) => void, reject: (error: unknown) => void) =>
    setImmediate(() => {
      coming = null;
      try {
        resolve(readProcessTable());
      } catch (error) {
        reject(error);
      }
    });
  return {
    ownPid: process.pid,
    markersOf: readMarkers,
    isRunning,
    signal: signalProcess,
    commandOf,
    table: () => {
      coming ??= new Promise(read);
      return coming;
    },
  };
}
