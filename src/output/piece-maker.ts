import type { LogMarker, LogPiece } from "./log-source.ts";
import type { TimeRecord } from "./time-index.ts";

const newline = 10;

/** Makes the pieces of one reading; knows whether what was given last stands in the middle of a line. */
export class PieceMaker {
  #attempt = 0;
  #isMidLine = false;

  output(attempt: number, offset: number, bytes: Buffer, when: Omit<TimeRecord, "end"> | null): LogPiece {
    const needsNewline = this.#isMidLine && attempt !== this.#attempt;
    this.#attempt = attempt;
    this.#isMidLine = bytes[bytes.length - 1] !== newline;
    const time = when?.time ?? null;
    return this.#piece(
      { attempt, offset, bytes, time, isApproximate: when?.isApproximate ?? false, kind: "output" },
      needsNewline,
    );
  }

  marker(attempt: number, offset: number, { text, time }: LogMarker): LogPiece {
    const needsNewline = this.#isMidLine;
    this.#attempt = attempt;
    this.#isMidLine = false;
    const bytes = Buffer.from(`${text}\n`);
    return this.#piece({ attempt, offset, bytes, time, isApproximate: false, kind: "marker" }, needsNewline);
  }

  #piece(piece: LogPiece, needsNewline: boolean): LogPiece {
    return needsNewline ? { ...piece, needsNewline } : piece;
  }
}
