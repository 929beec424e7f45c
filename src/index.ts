/**
 * Overmind from a TypeScript program: `connect` answers a client that starts, watches, waits for and
 * ends missions.
 */

export { type ErrorCode, type ErrorFacts, OvermindError } from "./base/errors.ts";
export type { DiffView } from "./blueprint/diff.ts";
export type { SaidEvent } from "./client/agent-requests.ts";
export { type ConnectOptions, connect } from "./client/connect.ts";
export { OvermindClient } from "./client/overmind-client.ts";
export type {
  AnswerOptions,
  BudgetChange,
  DiffQuery,
  EventsQuery,
  ListQuery,
  LogQuery,
  LogTextQuery,
  PruneQuery,
  RunOptions,
  SendOptions,
  SubscribeQuery,
  UsageQuery,
  WaitQuery,
} from "./client/queries.ts";
export type { RequestOptions, StreamOptions } from "./commands/command-line-context.ts";
export type { AnswerResult, InboxChange, InboxItem } from "./protocol/inbox.ts";
export type { DaemonStatus, EventView, Hello, LogEvent, RetryAnswer, RunAnswer, SendAnswer } from "./protocol/messages.ts";
export type {
  ExitRecord,
  Leftover,
  MissionType,
  MissionView,
  PendingView,
  Reason,
  RestartPolicy,
  Status,
  WaitResult,
} from "./protocol/mission.ts";
export type { AccountView, BudgetView, UsageKey, UsageRow } from "./protocol/usage.ts";
