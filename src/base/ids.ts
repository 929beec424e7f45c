import { customAlphabet } from "nanoid";
import { adjectives, nouns } from "./words.ts";

export { isMissionName } from "./mission-name.ts";

const randomId = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 8);
const idPattern = /^[0-9a-z]{8}$/;

/** A fresh mission id: 8 characters `[0-9a-z]` that `isTaken` does not know. */
export function newMissionId(isTaken: (id: string) => boolean): string {
  for (;;) {
    const id = randomId();
    if (!isTaken(id)) return id;
  }
}

/** An adjective-noun name that `isTaken` does not know; a number follows once the pairs run short. */
export function newMissionName(isTaken: (name: string) => boolean, random: () => number = Math.random): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? "plain";
  for (let tries = 0; ; tries += 1) {
    const pair = `${pick(adjectives)}-${pick(nouns)}`;
    const name = tries < 20 ? pair : `${pair}-${Math.floor(random() * 10 ** Math.min(9, tries - 17))}`;
    if (!isTaken(name)) return name;
  }
}

export const isMissionId = (text: string): boolean => idPattern.test(text);
