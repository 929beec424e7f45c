import type { Screen } from "../command-line-context.ts";

/**
 * Runs `work`; where Ctrl-C comes first, says how to get back and answers 130: the mission goes on.
 *
 * @param hint asked only then
 */
export async function unlessInterrupted(screen: Screen, hint: () => string, work: () => Promise<number>): Promise<number> {
  let onInterrupt: () => void = () => {};
  const interrupted = new Promise<number>((resolve) => {
    onInterrupt = () => {
      screen.say(hint());
      resolve(130);
    };
    process.once("SIGINT", onInterrupt);
  });
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}
