// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import type { Agent, Param } from "./blueprint.ts";
import { suggestion } from "./check-shape.ts";
import type { Gaps } from "./gaps.ts";
import type { Reach } from "./reach.ts";
import type { Use } from "./read-agent.ts";
import type { Reference } from "./reference.ts";

export interface Known {
  readonly agents: ReadonlyMap<string, Agent>;
  readonly params: ReadonlyMap<string, Param>;
  readonly gaps: Gaps;
  readonly reach: Reach;
  /** Agents of which it is not known what comes before them. */
  readonly unsure: ReadonlySet<string>;
}

/** What is wrong with a reference that an agent uses, or null. */
export function problemOfUse(agent: Agent, { reference, shown, by }: Use, known: Known): string | null {
  if (by === "nothing") return isThere(agent, reference, known) ? withoutBraces(agent, shown) : null;
  const problem = problemOf(agent, reference, by, known) ?? (by === "foreach" ? problemOfList(reference, known) : null);
  const way = by === "shell" ? `; a variable of the shell: \`$${reference.of}\`` : "";
  return problem && `agents.${agent.name} uses \`${shown}\`, but ${problem}${way}`;
}

const withoutBraces = ({ name }: Agent, shown: string): string =>
  `agents.${name}: \`${shown}\` lacks its braces, so that the shell reads the word before the dot alone: write \`\${${shown.slice(1)}}\``;

/** Whether the words lead to something, so that they were meant for a reference. */
function isThere({ fanOut }: Agent, reference: Reference, { agents, params }: Known): boolean {
  if (reference.of === "agent") return agents.has(reference.agent);
  if (reference.of === "param") return params.has(reference.name);
  return reference.of === "matrix" && fanOut?.is === "matrix" && Object.hasOwn(fanOut.combinations[0] ?? {}, reference.name);
}

function problemOf(agent: Agent, reference: Reference, by: Use["by"], known: Known): string | null {
  const isOfOne = reference.of === "item" || reference.of === "matrix" || reference.of === "index" || reference.of === "port";
  if (isOfOne && by === "when") return "`when` is decided once, before there is one of its own";
  switch (reference.of) {
    case "agent":
      return reference.field === "port"
        ? problemOfPort(agent, reference.agent, known)
        : problemOfAgent(agent, reference.agent, by, known);
    case "param":
      return known.params.has(reference.name) || known.gaps.mayBeNamed(reference.name)
        ? null
        : `there is no param \`${reference.name}\`${suggestion(reference.name, known.params.keys())}`;
    case "matrix":
      return problemOfAxis(agent, reference.name, known.gaps);
    case "item":
      return agent.fanOut?.is === "foreach" || known.gaps.mayHave(agent.name, "foreach") ? null : "it has no `foreach`";
    case "index":
      return agent.fanOut === null && !known.gaps.mayHave(agent.name, "replicas", "matrix", "foreach")
        ? "it has no `replicas`, `matrix` or `foreach`"
        : null;
    case "port":
      return agent.type === "service" || agent.ready !== null || known.gaps.mayHave(agent.name, "type", "ready")
        ? null
        : "it is no service and has no `ready`, so that it gets no port";
    default:
      return null;
  }
}

function problemOfAxis({ name: agent, fanOut }: Agent, name: string, gaps: Gaps): string | null {
  if (fanOut?.is !== "matrix") return gaps.mayHave(agent, "matrix") ? null : "it has no `matrix`";
  const axes = Object.keys(fanOut.combinations[0] ?? {});
  return axes.includes(name) ? null : `its matrix has no \`${name}\`${suggestion(name, axes)}`;
}

/** A port is there from the start on. */
function problemOfPort(agent: Agent, name: string, known: Known): string | null {
  const { agents, reach, unsure } = known;
  const other = agents.get(name);
  if (other === undefined) return problemOfName(name, known);
  if (other === agent) return "its own port is `${port}`";
  if (unsure.has(agent.name) || (agent.isFinally && !other.isFinally)) return null;
  return reach.wayTo(agent.name, name) === "none" ? `does not depend on \`${name}\`: add it to \`depends_on\`` : null;
}

function problemOfAgent(agent: Agent, name: string, by: Use["by"], known: Known): string | null {
  const { agents, reach, unsure } = known;
  const other = agents.get(name);
  if (other === undefined) return problemOfName(name, known);
  if (other === agent) return by === "verify" ? null : "it has no result of its own before it has run";
  if (unsure.has(agent.name) || (agent.isFinally && !other.isFinally)) return null;
  const way = reach.wayTo(agent.name, name);
  if (way === "none") return `does not depend on \`${name}\`: add it to \`depends_on\``;
  return way === "ended" ? null : `\`${name}\` need not have ended by then: depend on it with "completed" or "finished"`;
}

/** Of one that a `foreach` takes for a list. */
function problemOfList(reference: Reference, { agents, params, gaps }: Known): string | null {
  if (reference.of === "param") {
    const isList = params.get(reference.name)?.type === "list" || gaps.mayBeNamed(reference.name);
    return isList ? null : `the param is no list: give it \`type = "list"\``;
  }
  if (reference.of !== "agent" || reference.field === "json" || reference.field === "lines") return null;
  const { agent, field } = reference;
  const isOne = agents.get(agent)?.fanOut === null && !gaps.mayHave(agent, "replicas", "matrix", "foreach");
  if (!isOne) return null;
  return `\`.${field}\` is no list: \`.lines\` is one of the lines of its result, \`.json\` what the result is as JSON`;
}

const problemOfName = (name: string, { agents, gaps }: Known): string | null =>
  gaps.mayBeNamed(name) ? null : `there is no agent \`${name}\`${suggestion(name, agents.keys())}`;
