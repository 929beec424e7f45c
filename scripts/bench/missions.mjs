// Many missions over one connection.

/** Starts `count` missions, at most `together` requests on the way. Answers their ids. */
export async function startMissions(wire, count, args, together = 100) {
  const ids = [];
  let begun = 0;
  const startNext = async () => {
    while (begun < count) {
      begun += 1;
      ids.push((await wire.request("run", args)).id);
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, count) }, startNext));
  return ids;
}

/** Runs `count` missions to their ends, at most `together` at a time; throws when one does not end with code 0. */
export async function runMissions(wire, count, args, together = count) {
  let begun = 0;
  const runNext = async () => {
    while (begun < count) {
      begun += 1;
      const { id } = await wire.request("run", args);
      const { exit_code } = await wire.request("wait", { id });
      if (exit_code !== 0) throw new Error(`mission ${id} ended with ${exit_code}`);
    }
  };
  await Promise.all(Array.from({ length: together }, runNext));
}

/** Waits until `count` missions run. */
export async function untilRunning(wire, ids) {
  await Promise.all(ids.map((id) => wire.request("wait", { id, for: ["running"] })));
}
