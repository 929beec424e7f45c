import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ModelAnswer, say, shell } from "../../support/model-server/answer.ts";
import { until } from "../../support/until.ts";
import { patience, RealHome, type RealKind } from "./real-home.ts";

interface Asking {
  /** Flags with which it asks before a shell command. */
  readonly flags: readonly string[];
  /** What the tool is called. */
  readonly tool: string;
  /** A shell command for which it asks. */
  readonly run: (command: string) => ModelAnswer;
}

/** What is made for each message. */
const wanted: Readonly<Record<string, string>> = { first: "allowed", second: "denied", third: "late" };

const kinds: Readonly<Record<RealKind, Asking>> = {
  claude: { flags: [], tool: "Bash", run: shell },
  codex: { flags: ["--permission-mode", "untrusted"], tool: "commandExecution", run: shell },
  gemini: { flags: [], tool: "execute", run: shell },
  opencode: { flags: ["--env", 'OPENCODE_PERMISSION={"bash":"ask"}'], tool: "execute", run: shell },
};

describe.concurrent("what the real agents ask", () => {
  it.each(Object.entries(kinds))(
    "by %s is allowed, denied, and answered after the daemon was killed",
    async (kind, { flags, tool, run }) => {
      const home = new RealHome(kind as RealKind);
      try {
        const made = (name: string) => join(seat.directory, name);
        const begun = new Set<string>();
        // Each message wants a command run once; some agents end the turn where it is denied.
        const seat = await home.seat(({ userTexts, tools }) => {
          const last = userTexts.findLast((text) => Object.hasOwn(wanted, text.trim()))?.trim() ?? "";
          if (tools.length === 0 || begun.has(last)) return say("Done.");
          begun.add(last);
          return run(`touch ${wanted[last]}`);
        });
        const id = await seat.session(...flags);
        const ask = async (message: string, what: string) => {
          expect((await home.run(["send", id, message], { env: seat.env })).code).toBeLessThanOrEqual(3);
          return asked(what);
        };
        const asked = (what: string) =>
          until(
            `${id} to ask`,
            async () => {
              const { status, pending } = await home.info(id);
              if (status !== "waiting") throw new Error(JSON.stringify({ status, pending }));
              return pending.find((one: { what: string }) => one.what.includes(what));
            },
            patience,
          );
        const done = (turn: number) =>
          until(`turn ${turn} to end`, async () => JSON.parse((await home.run(["result", id])).stdout).turn >= turn, {
            ...patience,
            seen: () => seat.model.requests.length,
          });
        expect(await ask("first", "touch allowed")).toMatchObject({ tool, kind: "permission" });
        expect((await home.run(["answer", id, "allow"])).code).toBe(0);
        await done(1);
        expect(existsSync(made("allowed"))).toBe(true);
        await ask("second", "touch denied");
        expect((await home.run(["answer", id, "deny", "--message", "not now"])).code).toBe(0);
        await done(2);
        expect(existsSync(made("denied"))).toBe(false);
        await ask("third", "touch late");
        await home.killDaemon();
        await home.run(["start"]);
        await asked("touch late");
        expect((await home.run(["answer", id, "allow"])).code).toBe(0);
        await done(3);
        expect(existsSync(made("late"))).toBe(true);
        await home.run(["stop", id]);
        expect(await home.info(id)).toMatchObject({ status: "stopped" });
      } finally {
        await home.dispose();
      }
    },
  );
});
