import { asOvermindError } from "../../base/errors.ts";
import type { Requester } from "../command-line-context.ts";

// Well below a request's limit of 8 MiB once it is base64.
const largestChunk = 1024 * 1024;

/** Gives a mission this process's standard input up to its end; stops quietly when the mission takes no more. */
export async function forwardStdin(client: Requester, id: string, stdin: NodeJS.ReadStream): Promise<void> {
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += largestChunk) {
        await client.request("stdin", { id, base64: chunk.subarray(at, at + largestChunk).toString("base64") });
      }
    }
    await client.request("stdin", { id, eof: true });
  } catch (thrown) {
    const { code } = asOvermindError(thrown);
    if (code !== "not_running" && code !== "not_found") throw thrown;
  }
}
