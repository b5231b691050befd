/**
 * What is still to happen, in the order of (time, sequence number). Two things at the same moment happen in the order in
 * which they were scheduled, so there is never a choice that another run could make otherwise.
 *
 * A binary heap. Every event knows its place in it, so that cancelling one is as cheap as adding one.
 */
import type { Timer } from '#00-introduction/world.js';

/** Whose event it is: a machine between its start and its crash. */
export interface EventOwner {
  readonly name: string;
  /** Until then its events wait. */
  readonly frozenUntilMs: number;
  run(callback: () => void): void;
}

export class ScheduledEvent implements Timer {
  /** When it happens, in microseconds of simulated time. */
  atMicros = 0;
  sequence = 0;
  /** -1 when it is not in the queue: it has happened, or never will. */
  heapIndex = -1;
  readonly what: string;
  readonly owner: EventOwner | null;
  readonly run: () => void;
  private readonly queue: EventQueue;

  constructor(queue: EventQueue, what: string, owner: EventOwner | null, run: () => void) {
    this.queue = queue;
    this.what = what;
    this.owner = owner;
    this.run = run;
  }

  cancel(): void {
    this.queue.remove(this);
  }
}

export class EventQueue {
  private heap: ScheduledEvent[] = [];
  private nextSequence = 0;

  get first(): ScheduledEvent | undefined {
    return this.heap[0];
  }

  add(event: ScheduledEvent, atMicros: number): void {
    event.atMicros = atMicros;
    event.sequence = this.nextSequence++;
    this.place(event, this.heap.length);
    this.siftUp(event);
  }

  /** Harmless when the event is not in the queue. */
  remove(event: ScheduledEvent): void {
    const hole = event.heapIndex;
    if (hole === -1) return;
    event.heapIndex = -1;
    const last = this.heap.pop() as ScheduledEvent;
    if (last === event) return;
    this.place(last, hole);
    this.siftUp(last);
    this.siftDown(last);
  }

  removeAllOf(owner: EventOwner): void {
    const kept: ScheduledEvent[] = [];
    for (const event of this.heap) {
      if (event.owner === owner) event.heapIndex = -1;
      else kept.push(event);
    }
    // A sorted list is a heap.
    this.heap = kept.sort((left, right) => (isBefore(left, right) ? -1 : 1));
    kept.forEach((event, index) => {
      event.heapIndex = index;
    });
  }

  private place(event: ScheduledEvent, index: number): void {
    this.heap[index] = event;
    event.heapIndex = index;
  }

  private siftUp(event: ScheduledEvent): void {
    while (event.heapIndex > 0) {
      const index = event.heapIndex;
      const parent = this.heap[(index - 1) >> 1] as ScheduledEvent;
      if (!isBefore(event, parent)) return;
      this.place(event, parent.heapIndex);
      this.place(parent, index);
    }
  }

  private siftDown(event: ScheduledEvent): void {
    for (;;) {
      const index = event.heapIndex;
      const left = this.heap[2 * index + 1];
      if (left === undefined) return;
      const right = this.heap[2 * index + 2];
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(child, event)) return;
      this.place(event, child.heapIndex);
      this.place(child, index);
    }
  }
}

function isBefore(left: ScheduledEvent, right: ScheduledEvent): boolean {
  return left.atMicros < right.atMicros || (left.atMicros === right.atMicros && left.sequence < right.sequence);
}
