// A file system without room, or a process without descriptors; of SQLite also what it makes of either.
const codes = /^(ENOSPC|EDQUOT|EMFILE|ENFILE|ENOMEM|SQLITE_FULL|SQLITE_CANTOPEN.*|SQLITE_IOERR.*|disk_full)$/;

/** Whether an error tells of something that is missing now and may be there again in a moment. */
export function isShortage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as NodeJS.ErrnoException;
  return (typeof code === "string" && codes.test(code)) || isShortage(thrown.cause);
}
