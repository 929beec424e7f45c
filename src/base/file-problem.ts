const words: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "it is a directory",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "there is no such file",
  ENOSPC: "its disk is full",
  ENOTDIR: "a part of its path is no directory",
  EPERM: "permission denied",
  EROFS: "its file system is read-only",
};

/** Why a file could not be read or written, in words without the path; an error that has none keeps its text. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return words[code ?? ""] ?? message;
}
