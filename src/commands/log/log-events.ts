import { TextDecoder } from "node:util";
import { isoTime } from "../../base/clock.ts";
import type { LogPiece } from "../../output/log-source.ts";
import type { LogEvent, RawLogEvent } from "../../protocol/messages.ts";

/** Where a reader goes on: everything of older attempts and before `offset` was seen. */
export interface LogPosition {
  readonly attempt: number;
  readonly offset: number;
}

/** Pieces of a mission's log as the wire's events; text is decoded over the edges of cut lines. */
export async function* logEvents(mission: string, pieces: AsyncIterable<LogPiece>, from?: LogPosition): AsyncGenerator<LogEvent> {
  const decoder = new PieceDecoder();
  for await (const whole of pieces) {
    const piece = unseen(whole, from);
    if (piece === null) continue;
    const isMarker = piece.kind === "marker";
    yield {
      mission,
      attempt: piece.attempt,
      offset: piece.offset,
      time: isoTime(piece.time),
      ...(piece.isApproximate ? { approximate: true as const } : {}),
      ...(isMarker ? { marker: true as const } : {}),
      bytes: isMarker ? 0 : piece.bytes.length,
      text: isMarker ? markerText(piece.bytes) : decoder.decode(piece),
    };
  }
  const rest = decoder.rest();
  if (rest !== null) yield { mission, ...rest, time: null, bytes: 0 };
}

/** The same as bytes: markers are left out. */
export async function* rawLogEvents(
  mission: string,
  pieces: AsyncIterable<LogPiece>,
  from?: LogPosition,
): AsyncGenerator<RawLogEvent> {
  for await (const whole of pieces) {
    const piece = unseen(whole, from);
    if (piece === null || piece.kind === "marker") continue;
    yield { mission, attempt: piece.attempt, offset: piece.offset, base64: piece.bytes.toString("base64") };
  }
}

/** What of a piece lies behind `from`; null: nothing. */
function unseen(piece: LogPiece, from: LogPosition | undefined): LogPiece | null {
  if (from === undefined || piece.attempt > from.attempt) return piece;
  if (piece.attempt < from.attempt) return null;
  // A marker has no length: one at the very position may have been seen, a second copy is worse than none.
  if (piece.kind === "marker") return piece.offset > from.offset ? piece : null;
  const skipped = from.offset - piece.offset;
  if (skipped <= 0) return piece;
  return skipped >= piece.bytes.length ? null : { ...piece, offset: from.offset, bytes: piece.bytes.subarray(skipped) };
}

const markerText = (bytes: Buffer): string => {
  const text = bytes.toString();
  return text.endsWith("\n") ? text : `${text}\n`;
};

/** Decodes pieces of UTF-8. Only a piece that ends within a line can cut a character. */
class PieceDecoder {
  #open: { decoder: TextDecoder; attempt: number; offset: number } | null = null;

  decode(piece: LogPiece): string {
    const endsLine = piece.bytes.at(-1) === 10;
    const left = this.#open !== null && this.#open.attempt !== piece.attempt ? this.#flush() : "";
    if (this.#open === null && endsLine) return left + piece.bytes.toString();
    this.#open ??= { decoder: new TextDecoder("utf-8", { ignoreBOM: true }), attempt: piece.attempt, offset: 0 };
    this.#open.offset = piece.offset + piece.bytes.length;
    const text = this.#open.decoder.decode(piece.bytes, { stream: !endsLine });
    if (endsLine) this.#open = null;
    return left + text;
  }

  /** What an output that ends within a character still owes. */
  rest(): { attempt: number; offset: number; text: string } | null {
    const open = this.#open;
    const text = this.#flush();
    return open === null || text === "" ? null : { attempt: open.attempt, offset: open.offset, text };
  }

  #flush(): string {
    const text = this.#open?.decoder.decode() ?? "";
    this.#open = null;
    return text;
  }
}
