/** Which messages an agent has confirmed: each of them once, also where several of its lines say so. */
export class Receipts {
  readonly #open = new Set<string>();
  readonly #confirmed = new Set<string>();

  /** A message was written. */
  expect(messageId: string): void {
    this.#open.add(messageId);
  }

  /** The message, where that is news. */
  confirm(messageId: string): string[] {
    this.#open.delete(messageId);
    const isNews = !this.#confirmed.has(messageId);
    this.#confirmed.add(messageId);
    return isNews ? [messageId] : [];
  }

  /** Something was heard that only a message in work can cause. */
  confirmAll(): string[] {
    return [...this.#open].flatMap((id) => this.confirm(id));
  }
}
