// Tries for the lock given as argument, says how it went, and stays until it is killed.
import { HomeLock } from "../../../src/server/lock.ts";

try {
  new HomeLock(process.argv[2] as string);
  // An unreferenced lock must outlive a collection.
  (globalThis as { gc?: () => void }).gc?.();
  console.log("held");
} catch (thrown) {
  console.log((thrown as { code: string }).code);
}
setInterval(() => {}, 60_000);
