/**
 * Hands results and events to the program in the order in which the server sent them. A program that has read a node
 * and is then told of its change must have its result before it is told, whatever it does with the promise in between;
 * and who is told of a change must be told before it can read the new data.
 *
 * A promise runs on only when the present piece of code is done. So an event waits for the end of the turn, and what
 * comes after the event waits behind it.
 *
 * @apache ClientCnxn.EventThread
 */
import type { Clock, Log } from '#00-introduction/world.js';
import { Fifo } from '#10-client-cnxn/fifo.js';
import type { WatchedEvent, Watcher } from '#10-client-cnxn/watched-event.js';

export interface Settleable {
  settle(): void;
}

export class DeliveryQueue {
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly waiting = new Fifo<Settleable | WatchCall>();
  private isScheduled = false;

  constructor(clock: Clock, log: Log) {
    this.clock = clock;
    this.log = log;
  }

  /** Settles a request: now, unless an event has to go first. */
  settle(result: Settleable): void {
    if (this.waiting.length === 0) result.settle();
    else this.waiting.push(result);
  }

  /** Calls the watchers with an event, at the end of the turn or later. */
  tell(event: WatchedEvent, watchers: ReadonlySet<Watcher>): void {
    this.waiting.push(new WatchCall(event, watchers));
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.clock.atEndOfTurn(this.run);
  }

  private readonly run = (): void => {
    this.isScheduled = false;
    let hasSettled = false;
    for (;;) {
      const next = this.waiting.peek();
      if (!next) return;
      if (next instanceof WatchCall) {
        if (hasSettled) {
          this.schedule();
          return;
        }
        next.call(this.log);
      } else {
        next.settle();
        hasSettled = true;
      }
      this.waiting.shift();
    }
  };
}

class WatchCall {
  private readonly event: WatchedEvent;
  private readonly watchers: ReadonlySet<Watcher>;

  constructor(event: WatchedEvent, watchers: ReadonlySet<Watcher>) {
    this.event = event;
    this.watchers = watchers;
  }

  call(log: Log): void {
    for (const watcher of this.watchers) {
      try {
        watcher(this.event);
      } catch (error) {
        log.error(`a watch threw an error when it was told ${this.event.type} ${this.event.path ?? ''}`, error);
      }
    }
  }
}
