/**
 * Keeps the replies of one connection in the order of its requests. A write takes a while (it must be durable); a read
 * could be answered at once, but not before the writes that the same client sent before it. Other clients' writes are
 * no reason to wait.
 *
 * Invariants: requests leave in the order in which they came; at the head of the queue is always a write.
 *
 * @apache server.quorum.CommitProcessor
 */
import { invariant } from '#00-introduction/invariant.js';

/** All that matters here about a request. */
interface Ordered {
  readonly operation: { readonly kind: 'read' | 'write' };
}

export class RequestOrder<R extends Ordered> {
  private queue: R[] = [];
  private head = 0;

  /** Nothing is under way: a read may be answered at once. */
  get isIdle(): boolean {
    return this.head === this.queue.length;
  }

  get length(): number {
    return this.queue.length - this.head;
  }

  /** A request that has to wait, or a write whose fate is not known yet. */
  add(request: R): void {
    this.queue.push(request);
  }

  /**
   * The write at the head is done and answered.
   * @param answer called for each read that waited for just this write
   */
  completed(write: R, answer: (read: R) => void): void {
    invariant('writes-complete-in-order', this.queue[this.head] === write);
    this.drop();
    while (this.head < this.queue.length) {
      const next = this.queue[this.head] as R;
      if (next.operation.kind === 'write') return;
      this.drop();
      answer(next);
    }
  }

  private drop(): void {
    this.head++;
    if (this.head === this.queue.length) {
      this.queue.length = 0;
      this.head = 0;
    } else if (this.head >= 1024) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }
}
