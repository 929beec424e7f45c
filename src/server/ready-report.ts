import { closeSync, writeSync } from "node:fs";
import type { OvermindError } from "../base/errors.ts";
import type { StartReport } from "../protocol/start-report.ts";
import { wireError } from "../protocol/wire-error.ts";

/** Reports once; a starter that has gone is no matter. */
export class ReadyReport {
  #fd: number | undefined;

  constructor(fd: number | undefined) {
    this.#fd = fd;
  }

  ready(warning: string | null): void {
    this.#tell({ ready: true, pid: process.pid, ...(warning === null ? {} : { warning }) });
  }

  failed(error: OvermindError): void {
    this.#tell(wireError(error));
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
