/**
 * What Node is told when it becomes the daemon. The room for young objects (MB) grows with the largest
 * burst and is never given back; with 4 instead of 16 a mission costs half the memory, and no more time.
 */
export const daemonNodeOptions: readonly string[] = ["--max-semi-space-size=4"];
