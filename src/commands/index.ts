import type { Command } from "./command.ts";

/**
 * The registry: one line per verb, in the order of help. Loaded one by one, so that a command
 * line pays only for the command it runs; the daemon and help load them all.
 */
const loaders: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  run: () => import("./run.ts"),
  group: () => import("./group.ts"),
  ps: () => import("./ps.ts"),
  top: () => import("./top.ts"),
  monitor: () => import("./monitor.ts"),
  info: () => import("./info.ts"),
  why: () => import("./why.ts"),
  wait: () => import("./wait.ts"),
  stop: () => import("./stop.ts"),
  kill: () => import("./kill.ts"),
  signal: () => import("./signal.ts"),
  restart: () => import("./restart.ts"),
  pause: () => import("./pause.ts"),
  unpause: () => import("./unpause.ts"),
  rm: () => import("./rm.ts"),
  prune: () => import("./prune.ts"),
  pool: () => import("./pool.ts"),
  accounts: () => import("./accounts.ts"),
  usage: () => import("./usage.ts"),
  budget: () => import("./budget.ts"),
  send: () => import("./send.ts"),
  subscribe: () => import("./subscribe.ts"),
  result: () => import("./result.ts"),
  interrupt: () => import("./interrupt.ts"),
  inbox: () => import("./inbox.ts"),
  answer: () => import("./answer.ts"),
  attach: () => import("./attach.ts"),
  detach: () => import("./detach.ts"),
  logs: () => import("./logs.ts"),
  screen: () => import("./screen.ts"),
  events: () => import("./events.ts"),
  hooks: () => import("./hooks.ts"),
  validate: () => import("./validate.ts"),
  plan: () => import("./plan.ts"),
  apply: () => import("./apply.ts"),
  retry: () => import("./retry.ts"),
  diff: () => import("./diff.ts"),
  down: () => import("./down.ts"),
  graph: () => import("./graph.ts"),
  agents: () => import("./agents.ts"),
  schema: () => import("./schema.ts"),
  init: () => import("./init.ts"),
  start: () => import("./start.ts"),
  shutdown: () => import("./shutdown.ts"),
  status: () => import("./status.ts"),
  daemon: () => import("./daemon.ts"),
  config: () => import("./config.ts"),
  "agents-available": () => import("./agents-available.ts"),
  doctor: () => import("./doctor.ts"),
  service: () => import("./service.ts"),
  completion: () => import("./completion.ts"),
  version: () => import("./version.ts"),
  hello: () => import("./hello.ts"),
  ping: () => import("./ping.ts"),
  list: () => import("./list.ts"),
  stdin: () => import("./stdin.ts"),
  take_over: () => import("./take-over.ts"),
};

const aliases: Readonly<Record<string, string>> = { inspect: "info" };

export const commandNames: readonly string[] = Object.keys(loaders);

/** The command that bears this name or alias, or undefined. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  const word = Object.hasOwn(aliases, name) ? aliases[name] : name;
  const load = word !== undefined && Object.hasOwn(loaders, word) ? loaders[word] : undefined;
  return load && (await load()).command;
}

/** Every command, in the order of help. */
export async function loadCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(loaders).map(async (load) => (await load()).command));
}
