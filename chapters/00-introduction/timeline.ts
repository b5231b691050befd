/**
 * Simulated time. It stands still while code runs, and jumps from one event to the next in between.
 *
 * Also the place where what happens is told to those who listen, since a transcript is a matter of order too.
 */
import { type EventOwner, EventQueue, ScheduledEvent } from '#00-introduction/event-queue.js';
import type { SimulationEvent, SimulationEventDetails } from '#00-introduction/simulation-event.js';
import type { Timer } from '#00-introduction/world.js';

/** How many of the last events are kept for an error message. */
const REMEMBERED_EVENTS = 20;

/** Time is counted in whole microseconds inside, so that adding up delays never leaves a rounding error. */
export class Timeline {
  private nowMicros = 0;
  private readonly queue = new EventQueue();
  private readonly remembered: ScheduledEvent[] = [];
  private happened = 0;
  private readonly listeners: ((event: SimulationEvent) => void)[] = [];

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.nowMicros / 1000;
  }

  /** How many events have run. */
  get eventCount(): number {
    return this.happened;
  }

  /** When the next event is; Infinity when there is none. */
  get nextMs(): number {
    return (this.queue.first?.atMicros ?? Number.POSITIVE_INFINITY) / 1000;
  }

  /**
   * @param delayMs rounded up to a microsecond, so that nothing is early
   * @param what a few words for the list of last events
   * @param owner null when it is nobody's: then neither a crash nor a freeze stops it
   */
  schedule(delayMs: number, what: string, owner: EventOwner | null, run: () => void): Timer {
    return this.add(this.nowMicros + Math.ceil(delayMs * 1000), what, owner, run);
  }

  scheduleAt(timeMs: number, what: string, owner: EventOwner | null, run: () => void): Timer {
    return this.add(Math.round(timeMs * 1000), what, owner, run);
  }

  /** Moves on to the next event and runs it. */
  runNext(): void {
    const event = this.queue.first;
    if (event === undefined) return;
    this.queue.remove(event);
    this.nowMicros = event.atMicros;
    this.remembered[this.happened++ % REMEMBERED_EVENTS] = event;
    const { owner } = event;
    if (owner === null) {
      event.run();
      return;
    }
    const frozenUntilMicros = Math.round(owner.frozenUntilMs * 1000);
    if (frozenUntilMicros > this.nowMicros) this.queue.add(event, frozenUntilMicros);
    else owner.run(event.run);
  }

  /** Lets time pass in which nothing happens. */
  moveTo(timeMs: number): void {
    if (timeMs > this.nowMs && timeMs <= this.nextMs) this.nowMicros = Math.round(timeMs * 1000);
  }

  removeAllOf(owner: EventOwner): void {
    this.queue.removeAllOf(owner);
  }

  /** The last events, oldest first, a line each. */
  lastEvents(): string {
    const oldest = this.happened % REMEMBERED_EVENTS;
    return [...this.remembered.slice(oldest), ...this.remembered.slice(0, oldest)]
      .map(({ atMicros, owner, what }) => `  ${(atMicros / 1000).toFixed(3)} ms  ${owner?.name ?? '-'}: ${what}`)
      .join('\n');
  }

  /** @returns stops listening */
  listen(listener: (event: SimulationEvent) => void): () => void {
    this.listeners.push(listener);
    return () => {
      const index = this.listeners.indexOf(listener);
      if (index !== -1) this.listeners.splice(index, 1);
    };
  }

  /** False: an event need not even be put together. */
  get isWatched(): boolean {
    return this.listeners.length > 0;
  }

  emit(details: SimulationEventDetails): void {
    const event: SimulationEvent = { atMs: this.nowMs, ...details };
    for (const listener of [...this.listeners]) listener(event);
  }

  private add(atMicros: number, what: string, owner: EventOwner | null, run: () => void): Timer {
    const event = new ScheduledEvent(this.queue, what, owner, run);
    this.queue.add(event, Math.max(atMicros, this.nowMicros));
    return event;
  }
}
