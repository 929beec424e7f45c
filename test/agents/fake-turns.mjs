// What the fake agents of every protocol have in common: what was said in a conversation, kept in
// FAKE_STATE so that another process can go on with it, and what some words make them do.
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { FAKE_STATE: state = ".", FAKE_STUBBORN: stubborn, FAKE_DELAY = "0" } = process.env;

/** Is there a conversation of that name? */
export const isKnown = (session) => existsSync(join(state, `conversation-${session}`));

/** A name that no conversation bears yet: `base`, then `base-2` and so on. */
export function freshName(base) {
  const count = readdirSync(state).filter((name) => name.startsWith(`conversation-${base}`)).length;
  const name = count === 0 ? base : `${base}-${count + 1}`;
  appendFileSync(join(state, `conversation-${name}`), "");
  return name;
}

/** All that was said in a conversation so far, and a way to say more. */
export function conversation(session) {
  const file = join(state, `conversation-${session}`);
  const said = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  return {
    said,
    add(text) {
      said.push(text);
      appendFileSync(file, `${JSON.stringify(text)}\n`);
      writeFileSync(join(state, "prompt"), text);
    },
  };
}

/**
 * Does what a message says: `die`, `hang`, `ask`, `slow MS`, `stream COUNT GAP_MS`, `say WORDS`; answers
 * anything else, after FAKE_DELAY ms.
 * `turn.isOver` keeps it from going on with what was interrupted.
 */
export function react(text, said, turn, { piece, end, ask }) {
  if (text === "die") process.kill(process.pid, "SIGKILL");
  if (text === "hang") return;
  if (text === "ask") {
    ask();
    return;
  }
  const [, count, gap] = /^stream (\d+) (\d+)/.exec(text) ?? [];
  if (count !== undefined) {
    stream(Number(count), Number(gap), turn, { piece, end });
    return;
  }
  const delay = /^slow (\d+)/.exec(text)?.[1] ?? FAKE_DELAY;
  setTimeout(() => {
    if (turn.isOver) return;
    const answer = text.startsWith("say ") ? text.slice(4) : `${said.length}: ${text}`;
    piece(answer);
    end(answer);
  }, Number(delay));
}

function stream(count, gap, turn, { piece, end }) {
  let told = 0;
  const timer = setInterval(() => {
    if (turn.isOver) {
      clearInterval(timer);
      return;
    }
    told += 1;
    piece(`<${told}>`);
    if (told < count) return;
    clearInterval(timer);
    end(Array.from({ length: count }, (_, index) => `<${index + 1}>`).join(""));
  }, gap);
}

/** Writes down how the agent was asked to end. */
export const noteEnd = (how) => appendFileSync(join(state, "ends"), `${how}\n`);

/** One that is to be killed: no signal, no end of input, no word of its protocol ends it. */
export const isStubborn = stubborn === "1";
if (isStubborn) {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => noteEnd(signal));
  setInterval(() => undefined, 1000);
}
