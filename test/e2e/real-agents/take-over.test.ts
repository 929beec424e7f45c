import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ctrlC, onTerminal } from "../../integration/tty/on-terminal.ts";
import { say } from "../../support/model-server/answer.ts";
import type { Spawned } from "../../support/spawned.ts";
import { until } from "../../support/until.ts";
import { patience, processesOf, RealHome, type RealKind, type Seat, secretKey } from "./real-home.ts";

/** Answers beforehand what a terminal program asks in a new HOME. */
const settle: Readonly<Record<"claude" | "codex", (seat: Seat) => void>> = {
  claude: ({ root, directory }) => {
    const asked = {
      hasCompletedOnboarding: true,
      theme: "dark",
      customApiKeyResponses: { approved: [secretKey.slice(-20)], rejected: [] },
      projects: { [directory]: { hasTrustDialogAccepted: true } },
    };
    appendFileSync(join(root, ".claude.json"), JSON.stringify(asked));
  },
  codex: ({ root, directory }) =>
    appendFileSync(join(root, ".codex/config.toml"), `\n[projects."${directory}"]\ntrust_level = "trusted"\n`),
};

describe.concurrent("a session that a person takes over", () => {
  it.each(["claude", "codex"] as const satisfies RealKind[])(
    "of %s opens the agent's own program on the conversation, and knows afterwards what was said there",
    async (kind) => {
      const home = new RealHome(kind);
      try {
        const seat = await home.seat([say("Answer-one."), say("Answer-two."), say("Answer-three.")]);
        settle[kind](seat);
        const id = await seat.session();
        expect((await seat.send(id, "said-before")).stdout).toBe("Answer-one.\n");
        const terminal = onTerminal(home, `attach ${id}`);
        await shows(terminal, "Answer-one");
        expect(await home.info(id)).toMatchObject({ status: "paused", os_pid: null });
        terminal.child.stdin?.write("said-by-hand");
        await shows(terminal, "said-by-hand");
        await press(terminal, "\r", () => seat.model.requests.length > 1);
        await shows(terminal, "Answer-two");
        await press(terminal, ctrlC, () => terminal.stdout.includes("code:"));
        expect(terminal.stdout).toContain("code:0");
        expect((await seat.send(id, "said-after")).stdout).toBe("Answer-three.\n");
        const told = seat.model.requests.at(-1)?.userTexts.filter((text) => text.startsWith("said-"));
        expect(told).toEqual(["said-before", "said-by-hand", "said-after"]);
        // What a person spent in the program is not the mission's.
        expect(await home.info(id)).toMatchObject({ restart_count: 0, usage: { input_tokens: 200, output_tokens: 14 } });
        await home.run(["stop", id]);
        await until("no process of it", () => processesOf(id).length === 0, { seen: () => processesOf(id) });
      } finally {
        await home.dispose();
      }
    },
  );
});

const shows = (terminal: Spawned, text: string) =>
  until(`'${text}' on the terminal`, () => terminal.stdout.includes(text), {
    ...patience,
    seen: () => terminal.stdout.slice(-2000),
  });

/** Presses a key again and again: a program that is about to draw may not hear it. */
async function press(terminal: Spawned, key: string, isHeard: () => boolean): Promise<void> {
  let pressedAt = Number.NEGATIVE_INFINITY;
  await until(
    `${JSON.stringify(key)} to be heard`,
    () => {
      if (isHeard()) return true;
      if (performance.now() > pressedAt + 500) {
        terminal.child.stdin?.write(key);
        pressedAt = performance.now();
      }
      return false;
    },
    { ...patience, seen: () => terminal.stdout.slice(-2000) },
  );
}
