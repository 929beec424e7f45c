import { uniqueTag } from "../../support/agent.ts";

export interface LongJob {
  readonly command: string;
  /** In the command line of each of its processes. */
  readonly tag: string;
  /** How many of those there are. */
  readonly size: number;
}

/** A shell command that runs on and on, with one child in the background and one in a session of its own. */
export function longJob(): LongJob {
  const tag = uniqueTag();
  // Perl, because agents refuse a plain sleep.
  const wait = `perl -e 'sleep 7000' ${tag}`;
  return { command: `setsid ${wait} & ${wait} & ${wait}`, tag, size: 3 };
}
