/** Who waits, in order: a binary heap, so that 10,000 who wait make no step slow. */
export class WaitingLine<Member> {
  readonly #compare: (left: Member, right: Member) => number;
  readonly #heap: Member[] = [];

  /** @param compare negative when `left` comes first */
  constructor(compare: (left: Member, right: Member) => number) {
    this.#compare = compare;
  }

  get first(): Member | undefined {
    return this.#heap[0];
  }

  add(member: Member): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(member);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#compare(heap[above] as Member, member) <= 0) break;
      heap[at] = heap[above] as Member;
      at = above;
    }
    heap[at] = member;
  }

  /** Takes the first out. */
  shift(): Member | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(member: Member): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const isRightFirst = right < heap.length && this.#compare(heap[right] as Member, heap[left] as Member) < 0;
      const below = isRightFirst ? right : left;
      if (this.#compare(member, heap[below] as Member) <= 0) break;
      heap[at] = heap[below] as Member;
      at = below;
    }
    heap[at] = member;
  }
}
