import { closeSync, writeSync } from "node:fs";
import type { OvermindError } from "../base/errors.ts";

/** What a starting daemon tells its starter, as one JSON line on an inherited descriptor. */
export type StartReport =
  | {
      readonly ready: true;
      readonly pid: number;
      /** What a person should know though it runs. */
      readonly warning?: string;
    }
  | {
      readonly error: string;
      readonly code: string;
      readonly hint?: string;
      readonly details?: Readonly<Record<string, unknown>>;
    };

/** Reports once; a starter that has gone is no matter. */
export class ReadyReport {
  #fd: number | undefined;

  constructor(fd: number | undefined) {
    this.#fd = fd;
  }

  ready(warning: string | null): void {
    this.#tell({ ready: true, pid: process.pid, ...(warning === null ? {} : { warning }) });
  }

  failed({ message, code, hint, details }: OvermindError): void {
    this.#tell({ error: message, code, ...(hint === undefined ? {} : { hint }), ...(details === undefined ? {} : { details }) });
  }

  #tell(report: StartReport): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    try {
      writeSync(fd, `${JSON.stringify(report)}\n`);
      closeSync(fd);
    } catch {
      // The starter did not wait.
    }
  }
}
