import { OvermindError } from "../base/errors.ts";
import { nearestWord } from "../base/nearest-word.ts";
import { acp } from "./acp.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import { type Provider, type ProviderKind, providerKinds } from "./provider.ts";
import { raw } from "./raw.ts";

const providers: Readonly<Record<ProviderKind, Provider>> = { raw, claude, codex, gemini, opencode, acp };

/** Every provider, in the order in which they are shown. */
export const allProviders: readonly Provider[] = providerKinds.map((kind) => providers[kind]);

/**
 * The provider of that name.
 *
 * @throws OvermindError `invalid_argument`, with the nearest name
 */
export function providerNamed(name: string): Provider {
  if (isProviderKind(name)) return providers[name];
  const near = nearestWord(name, providerKinds);
  const hint = near === null || near === undefined ? `There is ${providerKinds.join(", ")}.` : `Did you mean ${near}?`;
  throw new OvermindError("invalid_argument", `there is no provider ${name}`, { hint });
}

export const isProviderKind = (name: string): name is ProviderKind => (providerKinds as readonly string[]).includes(name);
