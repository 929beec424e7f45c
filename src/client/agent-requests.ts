import type { DiffView } from "../blueprint/diff.ts";
import type { Requester, RequestOptions, StreamOptions } from "../commands/command-line-context.ts";
import type { AnswerResult, InboxChange, InboxItem } from "../protocol/inbox.ts";
import type { RetryAnswer, SendAnswer } from "../protocol/messages.ts";
import type { AccountView, BudgetView, UsageRow } from "../protocol/usage.ts";
import type { AgentEvent } from "../providers/normalised-event.ts";
import type { AnswerOptions, BudgetChange, DiffQuery, SendOptions, SubscribeQuery, UsageQuery } from "./queries.ts";

/** One thing that an agent said, with its place; the last is of type `exit`. */
export type SaidEvent =
  | (AgentEvent & { readonly at: string })
  | { readonly type: "exit"; readonly status: string; readonly exit_code: number | null };

/** What a program asks of agents, of what they spend, and of pipelines. */
export abstract class AgentRequests implements Requester {
  abstract readonly hello: Requester["hello"];
  abstract request<Answer>(cmd: string, args?: object, options?: RequestOptions): Promise<Answer>;
  abstract stream<Event>(cmd: string, args?: object, options?: StreamOptions<Event>): AsyncGenerator<Event, unknown>;

  /** Sends a message to a session; `unconfirmed`: nothing has said yet that the agent has it. */
  async send(id: string, message: string, options: SendOptions = {}): Promise<"confirmed" | "unconfirmed"> {
    const answer = await this.#send<true | "unconfirmed">(id, message, { ...options, wait: false });
    return answer === true ? "confirmed" : answer;
  }

  /** Sends a message and waits for the answer. @throws OvermindError timeout */
  ask(id: string, message: string, options: SendOptions = {}): Promise<SendAnswer> {
    return this.#send(id, message, { ...options, wait: true });
  }

  /** What an agent says from now on, or behind an event; over the daemon's death each event comes once. */
  async *subscribe(id: string, { signal, since }: SubscribeQuery = {}): AsyncGenerator<SaidEvent, void> {
    const from = since ?? (await this.request<string | null>("subscribe", { id, where: true }, { resend: true }));
    const args = from === null ? { id } : { id, since: from };
    yield* this.stream<SaidEvent>("subscribe", args, {
      ...(signal ? { signal } : {}),
      resume: (last) => (last !== undefined && "at" in last ? { id, since: last.at } : args),
    });
  }

  /** How an agent's last turn ended; null: none has. */
  async result(id: string): Promise<(AgentEvent & { readonly type: "result" }) | null> {
    const result = await this.request<object>("result", { id }, { resend: true });
    return "type" in result ? (result as AgentEvent & { readonly type: "result" }) : null;
  }

  /** Ends a session's present turn; the session goes on. */
  interrupt(id: string): Promise<true> {
    return this.request("interrupt", { id });
  }

  /** What agents ask and wait for, of all missions or of one. */
  inbox(query: { id?: string } = {}): Promise<InboxItem[]> {
    return this.request("inbox", query, { resend: true });
  }

  /** What waits, then what comes and goes, until the loop is left. After a new daemon started, all that waits comes again. */
  followInbox({ signal, ...query }: { id?: string; signal?: AbortSignal } = {}): AsyncGenerator<InboxChange, unknown> {
    const args = { ...query, follow: true };
    return this.stream("inbox", args, { ...(signal ? { signal } : {}), resume: () => args });
  }

  /** Answers what a mission's agent asks. @throws OvermindError not_found, also when somebody was quicker */
  answer(id: string, decision: "allow" | "deny", options: AnswerOptions = {}): Promise<AnswerResult> {
    return this.request("answer", { ...options, id, decision });
  }

  /** Tokens and cost of agents: a row for each mission, or for each of what `by` says. */
  usage(query: UsageQuery = {}): Promise<UsageRow[]> {
    return this.request("usage", query, { resend: true });
  }

  /** The accounts of agents, and until when their limits hold. */
  accounts(): Promise<AccountView[]> {
    return this.request("accounts", {}, { resend: true });
  }

  /** The limit of an account is over: its missions go on now. */
  openAccount(account: string): Promise<true> {
    return this.request("accounts", { open: account });
  }

  /** What a mission and all below it may spend, and have spent; null: it has no budget of its own. */
  budget(id: string): Promise<BudgetView | null> {
    return this.request("budget", { id }, { resend: true });
  }

  /** Sets the bounds that are named; what waited for them goes on. */
  setBudget(id: string, bounds: BudgetChange): Promise<BudgetView> {
    return this.request("budget", { ...bounds, id });
  }

  /** Runs a pipeline that has ended again: all of it, or what failed and what depends on that. */
  retry(id: string, options: { failed?: boolean } = {}): Promise<RetryAnswer> {
    return this.request("retry", { ...options, id });
  }

  /** How a blueprint differs from the pipeline that runs, or ran last. `path` is absolute. */
  diff(path: string, query: DiffQuery = {}): Promise<DiffView> {
    return this.request("diff", { ...query, path }, { resend: true });
  }

  #send<Answer>(id: string, message: string, { signal, ...options }: SendOptions & { wait: boolean }): Promise<Answer> {
    // Under one id a message is said once, however often it is sent.
    const args = { message_id: crypto.randomUUID(), ...options, id, message };
    return this.request("send", args, { resend: true, ...(signal ? { signal } : {}) });
  }
}
