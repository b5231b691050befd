/** The clock of a simulated machine. All machines have the same monotonic time; each has its own idea of the date. */
import type { MachineLife } from '#00-introduction/machine-life.js';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { Clock, Timer } from '#00-introduction/world.js';

/** A turn of the event loop takes up to this long, so that several things can arrive in the same one. */
const LONGEST_TURN_MS = 0.2;

/** The hardware clock of a machine: it survives crashes. */
export interface WallClock {
  /** What has to be added to simulated time to get milliseconds since 1970. */
  offsetMs: number;
}

export class SimulatedClock implements Clock {
  private readonly life: MachineLife;
  private readonly wallClock: WallClock;
  private readonly random: SeededRandom;
  private turnEndMs = 0;

  constructor(life: MachineLife, wallClock: WallClock, random: SeededRandom) {
    this.life = life;
    this.wallClock = wallClock;
    this.random = random;
  }

  monotonicMs(): number {
    return this.life.timeline.nowMs;
  }

  wallMs(): number {
    return Math.floor(this.life.timeline.nowMs + this.wallClock.offsetMs);
  }

  schedule(delayMs: number, run: () => void): Timer {
    return this.life.later(delayMs, 'timer', run);
  }

  atEndOfTurn(run: () => void): void {
    const { nowMs } = this.life.timeline;
    // At the very end of a turn, what is asked for belongs to the next one.
    if (this.turnEndMs <= nowMs) this.turnEndMs = nowMs + this.random.betweenMs([0, LONGEST_TURN_MS]);
    this.life.at(this.turnEndMs, 'end of turn', run);
  }
}
