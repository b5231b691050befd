/**
 * One life of a simulated machine: from a start to the next crash. Everything that a World hands out belongs to a life,
 * and is dead when the life is over; so what a crashed program left behind can't act on the machine that comes after it.
 */
import type { EventOwner } from '#00-introduction/event-queue.js';
import type { Timeline } from '#00-introduction/timeline.js';
import type { Timer } from '#00-introduction/world.js';

/** Code of a crashed machine went on, and asked its disk for something. A real one would not have come so far. */
export class MachineCrashed extends Error {
  override readonly name = 'MachineCrashed';
  constructor(machine: string) {
    super(`machine ${machine} has crashed, and this World went with it: take the one that restart() returns`);
  }
}

const NO_TIMER: Timer = { cancel: () => {} };

export class MachineLife implements EventOwner {
  readonly name: string;
  readonly timeline: Timeline;
  frozenUntilMs = 0;
  private ended = false;

  constructor(name: string, timeline: Timeline) {
    this.name = name;
    this.timeline = timeline;
  }

  get isOver(): boolean {
    return this.ended;
  }

  /** Nothing that was scheduled by this life happens any more. */
  end(): void {
    this.ended = true;
    this.timeline.removeAllOf(this);
  }

  later(delayMs: number, what: string, run: () => void): Timer {
    return this.ended ? NO_TIMER : this.timeline.schedule(delayMs, what, this, run);
  }

  at(timeMs: number, what: string, run: () => void): Timer {
    return this.ended ? NO_TIMER : this.timeline.scheduleAt(timeMs, what, this, run);
  }

  /** @throws {MachineCrashed} */
  checkAlive(): void {
    if (this.ended) throw new MachineCrashed(this.name);
  }

  run(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      // The machine crashed while the callback ran: this is how the rest of it was kept from running.
      if (!(this.ended && error instanceof MachineCrashed)) throw error;
    }
  }
}
