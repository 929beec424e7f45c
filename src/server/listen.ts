import { lstatSync, renameSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname, join } from "node:path";
import { homeError, homeUnusable } from "./home.ts";

/**
 * Binds the server to the home's socket, readable by the owner alone from its birth. A stale socket
 * is replaced; the caller must hold the home's lock, so nobody else can be about to listen there.
 *
 * @throws OvermindError home_unusable when the path is no socket, or another program answers on it
 */
export async function listenOn(server: Server, path: string): Promise<void> {
  await refuseForeign(path);
  // Node unlinks, when a server closes, whatever lies at the path it was bound to, a successor's
  // socket too. Bound under another name (no longer than the real one) it finds nothing to unlink.
  const birthPath = join(dirname(path), ".sock");
  try {
    rmSync(birthPath, { force: true });
    await bind(server, birthPath);
    renameSync(birthPath, path);
  } catch (thrown) {
    throw homeError(path, thrown);
  }
}

async function bind(server: Server, path: string): Promise<void> {
  // The mode comes from the umask at bind(2), which has happened when listen returns: a chmod
  // afterwards would leave a moment for others.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path, backlog: 1024 }, () => {
        server.off("error", reject);
        resolve();
      });
      process.umask(before);
    });
  } finally {
    process.umask(before);
  }
}

async function refuseForeign(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw homeUnusable(path, "it is not a socket; move it away");
  if (await isAnswered(path)) throw homeUnusable(path, "another program listens there");
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      // EAGAIN: somebody listens and is busy. EPROTOTYPE: a socket, of another kind.
      else if (error.code === "EAGAIN" || error.code === "EPROTOTYPE") resolve(true);
      else reject(homeError(path, error));
    });
  });
}
