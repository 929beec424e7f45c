import type { Agent } from "./blueprint.ts";

/** A session that nobody asked anything: it waits for messages, and ends with all others. */
export const isIdleSession = ({ type, work }: Pick<Agent, "type" | "work">): boolean =>
  type === "session" && work.is !== "prompt";

/** A session that completes as soon as its prompt is answered, and stays up. */
export const isAskedSession = ({ type, work }: Pick<Agent, "type" | "work">): boolean =>
  type === "session" && work.is === "prompt";

/** Whether it does not complete by itself. */
export const staysUp = (agent: Pick<Agent, "type" | "work">): boolean => agent.type === "service" || isIdleSession(agent);
