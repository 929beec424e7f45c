import { isDeepStrictEqual } from "node:util";
import type { EventView } from "../protocol/messages.ts";
import { isFinal, type MissionView } from "../protocol/mission.ts";
import type { Rule } from "./evidence.ts";

/** Whoever is asked, and whoever listened, hears the same. */
export const tellings: Readonly<Record<string, Rule>> = {
  "ps and info tell the same": ({ missions, infos }) =>
    [...missions.values()].flatMap((mission) => {
      const info = infos.get(mission.id);
      const differing = Object.entries(mission).filter(([key, value]) => !isDeepStrictEqual(value, (info as never)?.[key]));
      return differing.map(([key]) => `${nameOf(mission)}: ${key}`);
    }),
  "info and events tell the same": ({ missions, events }) => {
    const byMission = new Map<string, EventView[]>([...missions.keys()].map((id) => [id, []]));
    for (const event of events) byMission.get(event.mission ?? "")?.push(event);
    return [...missions.values()].flatMap((mission) => untold(mission, byMission.get(mission.id) ?? []));
  },
  "whoever listens hears each event once and in order": ({ events, heard }) => {
    const at = heard.events.findIndex(({ seq }, index) => seq !== events[index]?.seq);
    if (at >= 0) return [`after ${heard.events[at - 1]?.seq ?? "nothing"} came ${heard.events[at]?.seq}`];
    return heard.events.length === events.length ? [] : [`only ${heard.events.length} of ${events.length} came`];
  },
  "whoever follows hears the whole output": ({ heard, outputs }, expectations) => {
    // A removal that a full disk refused has made room by the files already: one of both ends early then.
    const unsure = new Set(expectations.flatMap(({ id, removal }) => (removal === "no" ? [] : (id ?? []))));
    return [...heard.logs].flatMap(([id, text]) => {
      const output = outputs.get(id);
      const isCutShort = () => unsure.has(id) && (text.startsWith(output ?? "") || output?.startsWith(text));
      return output === undefined || output === text || isCutShort()
        ? []
        : [`${id} printed ${output.length} bytes: ${firstDifference(output, text)}`];
    });
  },
  "whoever waits hears how it ended": ({ heard, infos }) =>
    [...heard.waits].flatMap(([id, { status, exit_code, reason }]) => {
      const info = infos.get(id);
      if (info === undefined || (status === info.status && exit_code === info.exit_code && reason === info.reason)) return [];
      return [`${nameOf(info)} is ${endOf(info)}, a wait was told ${status} ${exit_code} ${reason}`];
    }),
  "whoever listens is served": ({ heard }) => heard.unserved,
};

const nameOf = ({ id, name }: MissionView): string => `${name} (${id})`;
const endOf = ({ status, exit_code, reason }: MissionView): string => `${status} ${exit_code} ${reason}`;

function firstDifference(output: string, text: string): string {
  let at = 0;
  while (at < output.length && output[at] === text[at]) at += 1;
  const piece = (whole: string) => JSON.stringify(whole.slice(Math.max(0, at - 10), at + 20));
  return `from byte ${at} on ${piece(text)} was heard instead of ${piece(output)}`;
}

/** What a mission's events, which are given alone, tell differently from itself. */
function untold(mission: MissionView, events: readonly EventView[]): string[] {
  if (!isFinal(mission.status)) return [];
  const ends = events.filter(({ type }) => type === "mission.ended");
  const last = ends.at(-1);
  if (last === undefined) return [`${nameOf(mission)} is ${mission.status}, and no event tells of it`];
  const { status, exit_code, reason } = last.data;
  const isSame = status === mission.status && exit_code === mission.exit_code && reason === mission.reason;
  return [
    ...(isSame ? [] : [`${nameOf(mission)} is ${endOf(mission)}, its event says ${status} ${exit_code} ${reason}`]),
    ...(ends.length === 1 ? [] : [`${nameOf(mission)} ended ${ends.length} times`]),
    ...(events.at(-1) === last ? [] : [`${nameOf(mission)} ended, and then came ${events.at(-1)?.type}`]),
    ...untoldAttempts(mission, events),
  ];
}

function untoldAttempts(mission: MissionView, events: readonly EventView[]): string[] {
  const told = events
    .filter(({ type }) => type === "mission.attempt_ended")
    .map(({ attempt, data: { exit_code, reason } }) => `${attempt}: ${exit_code} ${reason}`);
  const known = mission.attempts.map(({ attempt, exit_code, reason }) => `${attempt}: ${exit_code} ${reason}`);
  return isDeepStrictEqual(told, known)
    ? []
    : [`${nameOf(mission)} had the attempts ${known.join(", ")}, its events say ${told.join(", ")}`];
}
