/**
 * Looks each second whether what makes this the home's daemon is still its own: the locked file and
 * the socket. Somebody who removed or replaced them may have let a second daemon in.
 *
 * @param gone called once, with what is no longer ours
 * @returns ends the watch
 */
export function watchHome(
  parts: Readonly<Record<string, { readonly isOurs: boolean }>>,
  gone: (part: string) => void,
): () => void {
  const timer = setInterval(() => {
    const lost = Object.entries(parts).find(([, part]) => !part.isOurs);
    if (!lost) return;
    clearInterval(timer);
    gone(lost[0]);
  }, 1000);
  timer.unref();
  return () => clearInterval(timer);
}
