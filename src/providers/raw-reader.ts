import { AgentReader, type Heard, heard } from "./agent-reader.ts";

/** Takes every line as text, also one that looks like a protocol's. */
export class RawReader extends AgentReader {
  override push(line: string): Heard {
    return heard([this.talk.plain(line)]);
  }

  override userMessage(_id: string, text: string): string {
    return `${text}\n`;
  }

  protected override hear(): Heard {
    return heard([]);
  }
}
